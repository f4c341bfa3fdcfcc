// Uses a GitLab by the Go client of its official Terraform provider, and prints what that decoded as JSON: one entry
// for each call. A call that fails ends it. GITLAB_BASE_URL and GITLAB_TOKEN say where and who.
package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// said is what each call answered, in the client's own types.
var said = map[string]any{}

// keep notes what a call decoded; an error, of decoding too, ends the program.
func keep[T any](name string, value T, _ *gitlab.Response, err error) T {
	if err != nil {
		fail(name, err)
	}
	said[name] = value
	return value
}

// done notes the status of a call without an answer.
func done(name string, response *gitlab.Response, err error) {
	if err != nil {
		fail(name, err)
	}
	said[name] = response.StatusCode
}

// refused notes a call that has to fail, as the client understands the error.
func refused(name string, err error) {
	var response *gitlab.ErrorResponse
	if !errors.As(err, &response) {
		fail(name, fmt.Errorf("it was not refused: %w", err))
	}
	said[name] = map[string]any{"status": response.StatusCode, "message": response.Message}
}

func fail(name string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	os.Exit(1)
}

func main() {
	client, err := gitlab.NewClient(os.Getenv("GITLAB_TOKEN"),
		gitlab.WithBaseURL(os.Getenv("GITLAB_BASE_URL")), gitlab.WithoutRetries())
	if err != nil {
		fail("client", err)
	}
	who(client)
	project := projects(client)
	members(client, project)
	protection(client, project)
	variables(client, project)
	tokens(client, project)
	deployKeys(client, project)
	repository(client, project)
	pipelines(client, project)
	runners(client, project)
	groups(client)
	people(client, project)
	leftovers(client, project)
	response, err := client.Projects.DeleteProject(project, nil)
	done("projects.delete", response, err)
	marked, response, err := client.Projects.GetProject(project, nil)
	keep("projects.get deleted", marked, response, err)
	response, err = client.Projects.DeleteProject(project, &gitlab.DeleteProjectOptions{
		PermanentlyRemove: gitlab.Ptr(true), FullPath: gitlab.Ptr(marked.PathWithNamespace),
	})
	done("projects.delete for good", response, err)
	_, _, err = client.Projects.GetProject(project, nil)
	refused("projects.get removed", err)
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		fail("output", err)
	}
}

func who(client *gitlab.Client) {
	user, response, err := client.Users.CurrentUser()
	keep("user", user, response, err)
	version, response, err := client.Version.GetVersion()
	keep("version", version, response, err)
	metadata, response, err := client.Metadata.GetMetadata()
	keep("metadata", metadata, response, err)
	settings, response, err := client.Settings.GetSettings()
	keep("settings", settings, response, err)
	token, response, err := client.PersonalAccessTokens.GetSinglePersonalAccessToken()
	keep("personal_access_tokens.self", token, response, err)
	list, response, err := client.PersonalAccessTokens.ListPersonalAccessTokens(nil)
	keep("personal_access_tokens", list, response, err)
}

func projects(client *gitlab.Client) int64 {
	group, response, err := client.Groups.CreateGroup(&gitlab.CreateGroupOptions{
		Name: gitlab.Ptr("Go"), Path: gitlab.Ptr("go"),
	})
	keep("groups.create", group, response, err)
	group, response, err = client.Groups.GetGroup("go", nil)
	keep("groups.get", group, response, err)
	groups, response, err := client.Groups.ListGroups(nil)
	keep("groups", groups, response, err)
	namespaces, response, err := client.Namespaces.ListNamespaces(nil)
	keep("namespaces", namespaces, response, err)
	namespace, response, err := client.Namespaces.GetNamespace("go")
	keep("namespaces.get", namespace, response, err)

	for _, name := range []string{"model", "second", "third"} {
		project, response, err := client.Projects.CreateProject(&gitlab.CreateProjectOptions{
			Name: gitlab.Ptr(name), NamespaceID: gitlab.Ptr(namespace.ID), InitializeWithReadme: gitlab.Ptr(true),
		})
		keep("projects.create "+name, project, response, err)
	}
	_, _, err = client.Projects.CreateProject(&gitlab.CreateProjectOptions{
		Name: gitlab.Ptr("model"), NamespaceID: gitlab.Ptr(namespace.ID),
	})
	refused("projects.create twice", err)
	edited, response, err := client.Projects.EditProject("go/model", &gitlab.EditProjectOptions{
		Description:                     gitlab.Ptr("a model"),
		ResourceGroupDefaultProcessMode: gitlab.Ptr(gitlab.OldestFirst),
		MergeMethod:                     gitlab.Ptr(gitlab.FastForwardMerge),
	})
	keep("projects.edit", edited, response, err)
	project, response, err := client.Projects.GetProject("go/model", nil)
	keep("projects.get", project, response, err)
	found, response, err := client.Projects.ListProjects(&gitlab.ListProjectsOptions{
		Search: gitlab.Ptr("sec"), Owned: gitlab.Ptr(true), MinAccessLevel: gitlab.Ptr(gitlab.OwnerPermissions),
	})
	keep("projects", found, response, err)
	inGroup, response, err := client.Groups.ListGroupProjects("go", nil)
	keep("groups.projects", inGroup, response, err)
	said["projects by offset"] = pages(client, gitlab.ListOptions{PerPage: 2, Page: 1})
	said["projects by keyset"] = pages(client, gitlab.ListOptions{PerPage: 2, Pagination: "keyset", OrderBy: "id", Sort: "asc"})
	_, _, err = client.Projects.GetProject("go/none", nil)
	refused("projects.get missing", err)
	return project.ID
}

// pages gives the names of all projects, a list for each page, as the client walks through them.
func pages(client *gitlab.Client, options gitlab.ListOptions) [][]string {
	var names [][]string
	list := &gitlab.ListProjectsOptions{ListOptions: options}
	var next []gitlab.RequestOptionFunc
	for {
		projects, response, err := client.Projects.ListProjects(list, next...)
		if err != nil {
			fail("pages", err)
		}
		var page []string
		for _, project := range projects {
			page = append(page, project.Path)
		}
		names = append(names, page)
		switch {
		case options.Pagination == "keyset" && response.NextLink != "":
			next = []gitlab.RequestOptionFunc{gitlab.WithKeysetPaginationParameters(response.NextLink)}
		case options.Pagination != "keyset" && response.NextPage != 0:
			list.Page = response.NextPage
		default:
			return names
		}
	}
}

func members(client *gitlab.Client, project int64) {
	user, response, err := client.Users.CreateUser(&gitlab.CreateUserOptions{
		Username: gitlab.Ptr("gopher"), Name: gitlab.Ptr("Gopher"), Email: gitlab.Ptr("gopher@example.com"),
		ForceRandomPassword: gitlab.Ptr(true),
	})
	keep("users.create", user, response, err)
	users, response, err := client.Users.ListUsers(&gitlab.ListUsersOptions{Username: gitlab.Ptr("gopher")})
	keep("users", users, response, err)
	added, response, err := client.ProjectMembers.AddProjectMember(project, &gitlab.AddProjectMemberOptions{
		UserID: user.ID, AccessLevel: gitlab.Ptr(gitlab.DeveloperPermissions),
	})
	keep("members.create", added, response, err)
	expires := gitlab.ISOTime(time.Now().AddDate(0, 1, 0))
	edited, response, err := client.ProjectMembers.EditProjectMember(project, user.ID, &gitlab.EditProjectMemberOptions{
		AccessLevel: gitlab.Ptr(gitlab.MaintainerPermissions), ExpiresAt: gitlab.Ptr(expires.String()),
	})
	keep("members.edit", edited, response, err)
	member, response, err := client.ProjectMembers.GetProjectMember(project, user.ID)
	keep("members.get", member, response, err)
	all, response, err := client.ProjectMembers.ListAllProjectMembers(project, nil)
	keep("members.all", all, response, err)
	response, err = client.ProjectMembers.DeleteProjectMember(project, user.ID)
	done("members.delete", response, err)
	_, _, err = client.ProjectMembers.GetProjectMember(project, user.ID)
	refused("members.get missing", err)
	groupMembers, response, err := client.Groups.ListGroupMembers("go", nil)
	keep("groups.members", groupMembers, response, err)
}

func protection(client *gitlab.Client, project int64) {
	branches, response, err := client.ProtectedBranches.ListProtectedBranches(project, nil)
	keep("protected_branches", branches, response, err)
	branch, response, err := client.ProtectedBranches.ProtectRepositoryBranches(project, &gitlab.ProtectRepositoryBranchesOptions{
		Name:             gitlab.Ptr("release/*"),
		PushAccessLevel:  gitlab.Ptr(gitlab.NoPermissions),
		MergeAccessLevel: gitlab.Ptr(gitlab.MaintainerPermissions),
	})
	keep("protected_branches.create", branch, response, err)
	branch, response, err = client.ProtectedBranches.UpdateProtectedBranch(project, "release/*", &gitlab.UpdateProtectedBranchOptions{
		AllowForcePush: gitlab.Ptr(true),
	})
	keep("protected_branches.edit", branch, response, err)
	branch, response, err = client.ProtectedBranches.GetProtectedBranch(project, "release/*")
	keep("protected_branches.get", branch, response, err)
	response, err = client.ProtectedBranches.UnprotectRepositoryBranches(project, "release/*")
	done("protected_branches.delete", response, err)
	tag, response, err := client.ProtectedTags.ProtectRepositoryTags(project, &gitlab.ProtectRepositoryTagsOptions{
		Name: gitlab.Ptr("v*"), CreateAccessLevel: gitlab.Ptr(gitlab.MaintainerPermissions),
	})
	keep("protected_tags.create", tag, response, err)
	tag, response, err = client.ProtectedTags.GetProtectedTag(project, "v*")
	keep("protected_tags.get", tag, response, err)
	tags, response, err := client.ProtectedTags.ListProtectedTags(project, nil)
	keep("protected_tags", tags, response, err)
	response, err = client.ProtectedTags.UnprotectRepositoryTags(project, "v*")
	done("protected_tags.delete", response, err)
}

func variables(client *gitlab.Client, project int64) {
	made, response, err := client.ProjectVariables.CreateVariable(project, &gitlab.CreateProjectVariableOptions{
		Key: gitlab.Ptr("KEY"), Value: gitlab.Ptr("value-long-1"), Protected: gitlab.Ptr(true),
		MaskedAndHidden: gitlab.Ptr(true), EnvironmentScope: gitlab.Ptr("production"),
	})
	keep("variables.create", made, response, err)
	scope := &gitlab.VariableFilter{EnvironmentScope: "production"}
	got, response, err := client.ProjectVariables.GetVariable(project, "KEY", &gitlab.GetProjectVariableOptions{Filter: scope})
	keep("variables.get", got, response, err)
	edited, response, err := client.ProjectVariables.UpdateVariable(project, "KEY", &gitlab.UpdateProjectVariableOptions{
		Value: gitlab.Ptr("value-long-2"), Protected: gitlab.Ptr(false), Filter: scope,
	})
	keep("variables.edit", edited, response, err)
	list, response, err := client.ProjectVariables.ListVariables(project, nil)
	keep("variables", list, response, err)
	response, err = client.ProjectVariables.RemoveVariable(project, "KEY", &gitlab.RemoveProjectVariableOptions{Filter: scope})
	done("variables.delete", response, err)
	_, _, err = client.ProjectVariables.CreateVariable(project, &gitlab.CreateProjectVariableOptions{
		Key: gitlab.Ptr("SHORT"), Value: gitlab.Ptr("short"), Masked: gitlab.Ptr(true),
	})
	refused("variables.create short", err)
}

func tokens(client *gitlab.Client, project int64) {
	ends := gitlab.ISOTime(time.Now().AddDate(0, 0, 20))
	made, response, err := client.ProjectAccessTokens.CreateProjectAccessToken(project, &gitlab.CreateProjectAccessTokenOptions{
		Name: gitlab.Ptr("robot"), Scopes: gitlab.Ptr([]string{"write_repository"}),
		AccessLevel: gitlab.Ptr(gitlab.MaintainerPermissions), ExpiresAt: gitlab.Ptr(ends),
	})
	keep("access_tokens.create", made, response, err)
	if made.Token == "" {
		fail("access_tokens.create", errors.New("no token in the answer"))
	}
	got, response, err := client.ProjectAccessTokens.GetProjectAccessToken(project, made.ID)
	keep("access_tokens.get", got, response, err)
	list, response, err := client.ProjectAccessTokens.ListProjectAccessTokens(project, nil)
	keep("access_tokens", list, response, err)
	rotated, response, err := client.ProjectAccessTokens.RotateProjectAccessToken(project, made.ID, &gitlab.RotateProjectAccessTokenOptions{
		ExpiresAt: gitlab.Ptr(ends),
	})
	keep("access_tokens.rotate", rotated, response, err)
	said["access_tokens.rotate is another token"] = rotated.Token != made.Token && rotated.ID != made.ID
	made.Token, rotated.Token = "", ""
	response, err = client.ProjectAccessTokens.RevokeProjectAccessToken(project, rotated.ID)
	done("access_tokens.revoke", response, err)
	gone, response, err := client.ProjectAccessTokens.GetProjectAccessToken(project, rotated.ID)
	keep("access_tokens.get revoked", gone, response, err)
}

func deployKeys(client *gitlab.Client, project int64) {
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHc6fAU8yg1ZQrY0NCVlC0b7JmH7ht0nRVdOaX1c5H0T"
	made, response, err := client.DeployKeys.AddDeployKey(project, &gitlab.AddDeployKeyOptions{
		Title: gitlab.Ptr("writer"), Key: gitlab.Ptr(key), CanPush: gitlab.Ptr(true),
	})
	keep("deploy_keys.create", made, response, err)
	got, response, err := client.DeployKeys.GetDeployKey(project, made.ID)
	keep("deploy_keys.get", got, response, err)
	edited, response, err := client.DeployKeys.UpdateDeployKey(project, made.ID, &gitlab.UpdateDeployKeyOptions{
		Title: gitlab.Ptr("reader"), CanPush: gitlab.Ptr(false),
	})
	keep("deploy_keys.edit", edited, response, err)
	list, response, err := client.DeployKeys.ListProjectDeployKeys(project, nil)
	keep("deploy_keys", list, response, err)
	response, err = client.DeployKeys.DeleteDeployKey(project, made.ID)
	done("deploy_keys.delete", response, err)
}

const config = `stages: [build, deploy]
workflow: { rules: [{ if: $CI_PIPELINE_SOURCE == "api" }] }
build:
  stage: build
  image: $PYTHON_IMAGE
  script: [echo "built for $FOR" | tee built.txt]
  artifacts: { paths: [built.txt], expire_in: 1 day }
deploy:
  stage: deploy
  image: $PYTHON_IMAGE
  when: manual
  resource_group: production
  environment: { name: production, url: "http://live.example.com" }
  script: [echo deployed]
`

func repository(client *gitlab.Client, project int64) {
	file, response, err := client.RepositoryFiles.CreateFile(project, ".gitlab-ci.yml", &gitlab.CreateFileOptions{
		Branch: gitlab.Ptr("main"), Content: gitlab.Ptr(config), CommitMessage: gitlab.Ptr("Pipeline"),
	})
	keep("files.create", file, response, err)
	got, response, err := client.RepositoryFiles.GetFile(project, ".gitlab-ci.yml", &gitlab.GetFileOptions{Ref: gitlab.Ptr("main")})
	keep("files.get", got, response, err)
	facts, response, err := client.RepositoryFiles.GetFileMetaData(project, ".gitlab-ci.yml", &gitlab.GetFileMetaDataOptions{Ref: gitlab.Ptr("main")})
	keep("files.head", facts, response, err)
	raw, response, err := client.RepositoryFiles.GetRawFile(project, ".gitlab-ci.yml", &gitlab.GetRawFileOptions{Ref: gitlab.Ptr("main")})
	keep("files.raw", string(raw) == config, response, err)
	commit, response, err := client.Commits.CreateCommit(project, &gitlab.CreateCommitOptions{
		Branch: gitlab.Ptr("main"), CommitMessage: gitlab.Ptr("Two files\n\nwith a reason"),
		Actions: []*gitlab.CommitActionOptions{
			{Action: gitlab.Ptr(gitlab.FileCreate), FilePath: gitlab.Ptr("models/a.json"), Content: gitlab.Ptr("{}\n")},
			{Action: gitlab.Ptr(gitlab.FileUpdate), FilePath: gitlab.Ptr("README.md"), Content: gitlab.Ptr("# Model\n")},
		},
	})
	keep("commits.create", commit, response, err)
	one, response, err := client.Commits.GetCommit(project, commit.ID, nil)
	keep("commits.get", one, response, err)
	list, response, err := client.Commits.ListCommits(project, nil)
	keep("commits", list, response, err)
	tree, response, err := client.Repositories.ListTree(project, &gitlab.ListTreeOptions{Recursive: gitlab.Ptr(true)})
	keep("tree", tree, response, err)

	branch, response, err := client.Branches.CreateBranch(project, &gitlab.CreateBranchOptions{Branch: gitlab.Ptr("next"), Ref: gitlab.Ptr("main")})
	keep("branches.create", branch, response, err)
	branch, response, err = client.Branches.GetBranch(project, "main")
	keep("branches.get", branch, response, err)
	branches, response, err := client.Branches.ListBranches(project, nil)
	keep("branches", branches, response, err)
	response, err = client.Branches.DeleteBranch(project, "next")
	done("branches.delete", response, err)
	tag, response, err := client.Tags.CreateTag(project, &gitlab.CreateTagOptions{TagName: gitlab.Ptr("v1.0.0"), Ref: gitlab.Ptr("main"), Message: gitlab.Ptr("First")})
	keep("tags.create", tag, response, err)
	tag, response, err = client.Tags.GetTag(project, "v1.0.0")
	keep("tags.get", tag, response, err)
	tags, response, err := client.Tags.ListTags(project, nil)
	keep("tags", tags, response, err)
	response, err = client.Tags.DeleteTag(project, "v1.0.0")
	done("tags.delete", response, err)
}

func pipelines(client *gitlab.Client, project int64) {
	made, response, err := client.Pipelines.CreatePipeline(project, &gitlab.CreatePipelineOptions{
		Ref:       gitlab.Ptr("main"),
		Variables: &[]*gitlab.PipelineVariableOptions{{Key: gitlab.Ptr("FOR"), Value: gitlab.Ptr("Go")}},
	})
	keep("pipelines.create", made, response, err)
	pipeline := settled(client, project, made.ID, "success")
	list, response, err := client.Pipelines.ListProjectPipelines(project, &gitlab.ListProjectPipelinesOptions{Ref: gitlab.Ptr("main")})
	keep("pipelines", list, response, err)
	latest, response, err := client.Pipelines.GetLatestPipeline(project, nil)
	keep("pipelines.latest", latest, response, err)

	jobs, response, err := client.Jobs.ListPipelineJobs(project, pipeline.ID, nil)
	keep("pipelines.jobs", jobs, response, err)
	byName := map[string]int64{}
	for _, job := range jobs {
		byName[job.Name] = job.ID
	}
	build, response, err := client.Jobs.GetJob(project, byName["build"])
	keep("jobs.get", build, response, err)
	trace, response, err := client.Jobs.GetTraceFile(project, build.ID)
	keep("jobs.trace", text(trace), response, err)
	archive, response, err := client.Jobs.GetJobArtifacts(project, build.ID)
	keep("jobs.artifacts", files(archive), response, err)
	one, response, err := client.Jobs.DownloadSingleArtifactsFile(project, build.ID, "built.txt")
	keep("jobs.artifacts file", text(one), response, err)
	played, response, err := client.Jobs.PlayJob(project, byName["deploy"], &gitlab.PlayJobOptions{})
	keep("jobs.play", played, response, err)
	keep("pipelines.get", settled(client, project, pipeline.ID, "success"), nil, nil)
	retried, response, err := client.Jobs.RetryJob(project, build.ID)
	keep("jobs.retry", retried, response, err)
	settled(client, project, pipeline.ID, "success")
	all, response, err := client.Jobs.ListProjectJobs(project, nil)
	keep("jobs", all, response, err)

	environments, response, err := client.Environments.ListEnvironments(project, nil)
	keep("environments", environments, response, err)
	if len(environments) == 0 {
		fail("environments", errors.New("none after a deployment"))
	}
	environment, response, err := client.Environments.GetEnvironment(project, environments[0].ID)
	keep("environments.get", environment, response, err)
	deployments, response, err := client.Deployments.ListProjectDeployments(project, nil)
	keep("deployments", deployments, response, err)
	deployment, response, err := client.Deployments.GetProjectDeployment(project, deployments[0].ID)
	keep("deployments.get", deployment, response, err)
	commit, response, err := client.Commits.GetCommit(project, pipeline.SHA, nil)
	keep("commits.get with pipeline", commit, response, err)
	group, response, err := client.ResourceGroup.EditAnExistingResourceGroup(project, "production", &gitlab.EditAnExistingResourceGroupOptions{
		ProcessMode: gitlab.Ptr(gitlab.NewestFirst),
	})
	keep("resource_groups.edit", group, response, err)
	group, response, err = client.ResourceGroup.GetASpecificResourceGroup(project, "production")
	keep("resource_groups.get", group, response, err)
	repositories, response, err := client.ContainerRegistry.ListProjectRegistryRepositories(project, nil)
	keep("registry", repositories, response, err)
}

// settled waits until a pipeline has a status that stays.
func settled(client *gitlab.Client, project, id int64, status string) *gitlab.Pipeline {
	for end := time.Now().Add(3 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		pipeline, _, err := client.Pipelines.GetPipeline(project, id)
		if err != nil {
			fail("pipelines.get", err)
		}
		if pipeline.Status == status {
			return pipeline
		}
		if pipeline.Status == "failed" || time.Now().After(end) {
			fail("pipelines.get", fmt.Errorf("status %s instead of %s", pipeline.Status, status))
		}
	}
}

func text(reader io.Reader) string {
	content, err := io.ReadAll(reader)
	if err != nil {
		fail("read", err)
	}
	return string(content)
}

// files gives the files of an archive with what is in each.
func files(archive *bytes.Reader) map[string]string {
	reader, err := zip.NewReader(archive, archive.Size())
	if err != nil {
		fail("zip", err)
	}
	found := map[string]string{}
	for _, file := range reader.File {
		content, err := file.Open()
		if err != nil {
			fail("zip", err)
		}
		found[file.Name] = text(content)
	}
	return found
}

func runners(client *gitlab.Client, project int64) {
	made, response, err := client.Users.CreateUserRunner(&gitlab.CreateUserRunnerOptions{
		RunnerType: gitlab.Ptr("project_type"), ProjectID: gitlab.Ptr(project), TagList: gitlab.Ptr([]string{"own"}),
		Description: gitlab.Ptr("of the project"),
	})
	keep("runners.create", made, response, err)
	made.Token = ""
	list, response, err := client.Runners.ListProjectRunners(project, nil)
	keep("projects.runners", list, response, err)
	details, response, err := client.Runners.GetRunnerDetails(made.ID)
	keep("runners.get", details, response, err)
	edited, response, err := client.Runners.UpdateRunnerDetails(made.ID, &gitlab.UpdateRunnerDetailsOptions{Paused: gitlab.Ptr(true)})
	keep("runners.edit", edited, response, err)
	all, response, err := client.Runners.ListAllRunners(nil)
	keep("runners", all, response, err)
	response, err = client.Runners.RemoveRunner(made.ID)
	done("runners.delete", response, err)
}
