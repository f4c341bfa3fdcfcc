// Command generator writes the TypeScript sources of a local SDK from its schema.json with Pulumi's own
// code generator, as `pulumi package gen-sdk` does, for machines where no language host can be downloaded.
//
//	go run . <schema.json> <target folder>
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: generator <schema.json> <target folder>")
	}
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	pkg, diags, err := schema.BindSpec(spec, refusing{}, schema.ValidationOptions{})
	check(err)
	if diags.HasErrors() {
		log.Fatal(diags)
	}
	files, err := nodejs.GeneratePackage("pulumi", pkg, nil, nil, true, refusing{})
	check(err)
	for name, contents := range files {
		path := filepath.Join(os.Args[2], name)
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		check(os.WriteFile(path, contents, 0o644))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// refusing is a loader for schemas that refer to no other package.
type refusing struct{}

func (refusing) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, fmt.Errorf("the schema refers to another package: %s", name)
}

func (l refusing) LoadPackageV2(_ context.Context, d *schema.PackageDescriptor) (*schema.Package, error) {
	return l.LoadPackage(d.Name, nil)
}

func (refusing) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, fmt.Errorf("the schema refers to another package: %s", name)
}

func (l refusing) LoadPackageReferenceV2(
	_ context.Context, d *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return l.LoadPackageReference(d.Name, nil)
}
