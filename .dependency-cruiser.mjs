/**
 * What may import what: the tree of ARCHITECTURE.md as rules. `depcruise infra lib operations packages demo test`
 * checks them; `npm run check` and `npm test` do so. test/unit/imports.test.ts shows each rule an offender.
 *
 * Type-only imports count. Paths are those of the imported file; `$1` is what the first brackets of `from` matched.
 */

/** Files that nothing imports because they are started: by npm, Pulumi, git, docker, vitest or a file of ours. */
export const started = [
  "/(main|daemon|cli)\\.ts$",
  "\\.mjs$",
  "^infra/index\\.ts$",
  // By @pulumi/command (infra/components/program-command.ts).
  "^infra/commands/(copy-image|first-release|heroku-authorization|release-pipeline|seed-repository|ssh-key-pair)\\.ts$",
  // What a package exports.
  "^packages/[^/]+/src/index\\.ts$",
  "^packages/throwaway/src/accounts/index\\.ts$",
  "^packages/sandbox/src/plugins/build\\.ts$",
  "^packages/sdks/schema\\.ts$",
  // By git, as a hook of each repository.
  "^packages/sandbox/src/gitlab/git/hook-client\\.ts$",
];

/** The packages from the ground up: each may import those before it, and none those after it. */
const packages = ["command-line", "sdks", "journey", "sandbox", "toolchain", "throwaway", "bench", "verify"];
const folders = (/** @type {string[]} */ names) => `^packages/(${names.join("|")})/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycle",
      comment:
        "Files that import each other, by type too, can only be understood together. Give what both need a file of its own.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unused-file",
      comment:
        "A file of the product or of a package that no started program reaches is dead, or its program is not listed above.",
      severity: "error",
      from: { path: started },
      to: { path: "^(infra|lib|operations|packages/[^/]+/src)/", pathNot: started, reachable: false },
    },
    {
      name: "no-undeclared-dependency",
      comment:
        "The package.json nearest to a file declares what the file imports. What is only there because another package brought it goes away with that. Of our own packages Biome's noUndeclaredDependencies says the same.",
      severity: "error",
      from: {},
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
    {
      name: "no-dev-dependency-in-use",
      comment: "What runs outside of tests is a dependency: a production install has no devDependencies.",
      severity: "error",
      from: { path: "^(infra|lib|operations|packages/[^/]+/src)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "type-only"] },
    },
    {
      name: "product-without-packages",
      comment:
        "The product runs against real accounts. It knows nothing of the sandbox, the set-up or the benches; what differs between the sandbox and the services is a URL or a credential. Only the command line is shared.",
      severity: "error",
      from: { path: "^(infra|lib|operations|image|models)/" },
      to: { path: "^packages/", pathNot: "^packages/command-line/" },
    },
    {
      name: "lib-stands-alone",
      comment:
        "lib is the vocabulary that infra, its policy and operations share. It can be read, and tested, without them.",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: "^(infra|operations|image|models|packages|demo|test)/" },
    },
    {
      name: "infra-on-lib",
      comment:
        "The program says what exists. What is done to a stack that is up imports it, never the other way. " +
        "What the image can serve is data that stands with the image.",
      severity: "error",
      from: { path: "^infra/" },
      to: {
        path: "^(operations|image|models|packages|demo|test)/",
        pathNot: "^image/runtime/runtimes\\.json$",
      },
    },
    {
      name: "operations-on-infra-and-lib",
      comment:
        "Operations work with a user's accounts alone: no part of a test or a demonstration is in them.",
      severity: "error",
      from: { path: "^operations/" },
      to: { path: "^(image|models|demo|test)/" },
    },
    {
      name: "packages-without-product",
      comment:
        "Packages serve the product and would serve another: the sandbox is a contract of its own, with tables of its own, so that a mistake in the product's does not hide in both.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(infra|lib|operations)/" },
    },
    ...packages.slice(0, -1).map((name, place) => ({
      name: "packages-in-order",
      comment: "Packages that need each other are one package. The order is that of the list above.",
      severity: "error",
      from: { path: folders([name]) },
      to: { path: folders(packages.slice(place + 1)) },
    })),
    {
      name: "packages-in-order",
      comment: "A new package has its place in the list above.",
      severity: "error",
      from: { path: "^packages/", pathNot: folders(packages) },
      to: {},
    },
    {
      name: "packages-by-name",
      comment: "A package is what its package.json exports. Another one's files are not reached by a path.",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: {
        path: "^packages/",
        pathNot: "^packages/$1/",
        dependencyTypes: ["local"],
        dependencyTypesNot: ["aliased"],
      },
    },
    {
      name: "packages-by-name-from-outside",
      comment: "The same for what is not a package.",
      severity: "error",
      from: { pathNot: "^packages/" },
      to: { path: "^packages/", dependencyTypes: ["local"], dependencyTypesNot: ["aliased"] },
    },
    {
      name: "no-test-in-use",
      comment: "Tests and the demonstration show what they import. Nothing rests on them.",
      severity: "error",
      from: { pathNot: ["^(test|demo)/", "^packages/[^/]+/test/"] },
      to: { path: ["^(test|demo)/", "^packages/[^/]+/test/"] },
    },
    {
      name: "sandbox-services-apart",
      comment:
        "GitLab and Heroku know each other by HTTP alone, and the runner comes to GitLab from outside, as it does in reality.",
      severity: "error",
      from: { path: "^packages/sandbox/src/(gitlab|heroku)/" },
      to: { path: "^packages/sandbox/src/(gitlab|heroku|runner)/", pathNot: "^packages/sandbox/src/$1/" },
    },
    {
      name: "sandbox-core-below",
      comment: "The core is what both services stand on.",
      severity: "error",
      from: { path: "^packages/sandbox/src/core/" },
      to: { path: "^packages/sandbox/src/(?!core/)" },
    },
    {
      name: "sandbox-plugins-apart",
      comment:
        "A provider plugin is bundled alone and talks to any GitLab, Heroku or docker engine of this machine: it is no part of the services.",
      severity: "error",
      from: { path: "^packages/sandbox/src/(plugins)/" },
      to: { path: "^packages/sandbox/src/(?!plugins/)" },
    },
  ],
  options: {
    // The generated SDKs are compiled by set-up: what they import is their generator's business.
    exclude: { path: "^packages/sdks/(gitlab|heroku)/" },
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
