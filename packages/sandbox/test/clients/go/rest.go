package main

import (
	"os"
	"time"

	gitlab "gitlab.com/gitlab-org/api/client-go/v2"
)

// groups is what is said to a group and to the instance besides projects.
func groups(client *gitlab.Client) {
	made, response, err := client.GroupVariables.CreateVariable("go", &gitlab.CreateGroupVariableOptions{
		Key: gitlab.Ptr("OF_GROUP"), Value: gitlab.Ptr("one"), Protected: gitlab.Ptr(true),
	})
	keep("groups.variables.create", made, response, err)
	edited, response, err := client.GroupVariables.UpdateVariable("go", "OF_GROUP", &gitlab.UpdateGroupVariableOptions{
		Value: gitlab.Ptr("two"),
	})
	keep("groups.variables.edit", edited, response, err)
	got, response, err := client.GroupVariables.GetVariable("go", "OF_GROUP", nil)
	keep("groups.variables.get", got, response, err)
	list, response, err := client.GroupVariables.ListVariables("go", nil)
	keep("groups.variables", list, response, err)
	response, err = client.GroupVariables.RemoveVariable("go", "OF_GROUP", nil)
	done("groups.variables.delete", response, err)

	own, response, err := client.InstanceVariables.CreateVariable(&gitlab.CreateInstanceVariableOptions{
		Key: gitlab.Ptr("OF_INSTANCE"), Value: gitlab.Ptr("one"),
	})
	keep("instance.variables.create", own, response, err)
	own, response, err = client.InstanceVariables.UpdateVariable("OF_INSTANCE", &gitlab.UpdateInstanceVariableOptions{
		Value: gitlab.Ptr("two"),
	})
	keep("instance.variables.edit", own, response, err)
	response, err = client.InstanceVariables.RemoveVariable("OF_INSTANCE")
	done("instance.variables.delete", response, err)

	rule, response, err := client.Groups.AddGroupPushRule("go", &gitlab.AddGroupPushRuleOptions{
		CommitMessageRegex: gitlab.Ptr("^[A-Z]"),
	})
	keep("groups.push_rule.create", rule, response, err)
	rule, response, err = client.Groups.EditGroupPushRule("go", &gitlab.EditGroupPushRuleOptions{
		CommitMessageRegex: gitlab.Ptr(".+"),
	})
	keep("groups.push_rule.edit", rule, response, err)
	response, err = client.Groups.DeleteGroupPushRule("go")
	done("groups.push_rule.delete", response, err)
}

// people is what an administrator does with users and their tokens.
func people(client *gitlab.Client, project int64) {
	user, response, err := client.Users.CreateUser(&gitlab.CreateUserOptions{
		Username: gitlab.Ptr("leaver"), Name: gitlab.Ptr("Leaver"), Email: gitlab.Ptr("leaver@example.com"),
		ForceRandomPassword: gitlab.Ptr(true),
	})
	keep("users.create leaver", user, response, err)
	user, response, err = client.Users.GetUser(user.ID, nil)
	keep("users.get", user, response, err)
	_, response, err = client.GroupMembers.AddGroupMember("go", &gitlab.AddGroupMemberOptions{
		UserID: gitlab.Ptr(user.ID), AccessLevel: gitlab.Ptr(gitlab.DeveloperPermissions),
	})
	done("groups.members.create", response, err)
	member, response, err := client.GroupMembers.GetGroupMember("go", user.ID)
	keep("groups.members.get", member, response, err)
	all, response, err := client.Groups.ListAllGroupMembers("go", nil)
	keep("groups.members.all", all, response, err)
	response, err = client.GroupMembers.RemoveGroupMember("go", user.ID, nil)
	done("groups.members.delete", response, err)

	expires := gitlab.Ptr(gitlab.ISOTime(time.Now().AddDate(0, 1, 0)))
	first, response, err := client.Users.CreatePersonalAccessToken(user.ID, &gitlab.CreatePersonalAccessTokenOptions{
		Name: gitlab.Ptr("leaver"), Scopes: gitlab.Ptr([]string{"api"}), ExpiresAt: expires,
	})
	if err != nil {
		fail("users.personal_access_tokens.create", err)
	}
	second, response, err := client.PersonalAccessTokens.RotatePersonalAccessTokenByID(first.ID, nil)
	if err != nil {
		fail("personal_access_tokens.rotate", err)
	}
	shown, response, err := client.PersonalAccessTokens.GetSinglePersonalAccessTokenByID(second.ID)
	keep("personal_access_tokens.get", shown, response, err)
	third, _, err := as(second.Token).PersonalAccessTokens.RotatePersonalAccessTokenSelf(nil)
	if err != nil {
		fail("personal_access_tokens.rotate self", err)
	}
	response, err = as(third.Token).PersonalAccessTokens.RevokePersonalAccessTokenSelf()
	done("personal_access_tokens.revoke self", response, err)
	response, err = client.Users.DeleteUser(user.ID)
	done("users.delete", response, err)

	bot, _, err := client.ProjectAccessTokens.CreateProjectAccessToken(project, &gitlab.CreateProjectAccessTokenOptions{
		Name: gitlab.Ptr("bot"), Scopes: gitlab.Ptr([]string{"api"}), ExpiresAt: expires,
	})
	if err != nil {
		fail("access_tokens.create bot", err)
	}
	rotated, _, err := as(bot.Token).ProjectAccessTokens.RotateProjectAccessTokenSelf(project, nil)
	if err != nil {
		fail("access_tokens.rotate self", err)
	}
	response, err = client.ProjectAccessTokens.RevokeProjectAccessToken(project, rotated.ID)
	done("access_tokens.revoke bot", response, err)
}

// leftovers is what is done to a project when its pipelines have run.
func leftovers(client *gitlab.Client, project int64) {
	mine, response, err := client.Projects.ListUserProjects("root", nil)
	keep("users.projects", mine, response, err)
	edited, response, err := client.RepositoryFiles.UpdateFile(project, "models/a.json", &gitlab.UpdateFileOptions{
		Branch: gitlab.Ptr("main"), Content: gitlab.Ptr("[]\n"), CommitMessage: gitlab.Ptr("Edit [skip ci]"),
	})
	keep("files.edit", edited, response, err)
	response, err = client.RepositoryFiles.DeleteFile(project, "models/a.json", &gitlab.DeleteFileOptions{
		Branch: gitlab.Ptr("main"), CommitMessage: gitlab.Ptr("Remove [skip ci]"),
	})
	done("files.delete", response, err)
	zipped, response, err := client.Jobs.DownloadArtifactsFile(project, "main", &gitlab.DownloadArtifactsFileOptions{
		Job: gitlab.Ptr("build"),
	})
	keep("jobs.artifacts of a ref", files(zipped), response, err)
	one, response, err := client.Jobs.DownloadSingleArtifactsFileByTagOrBranch(project, "main", "built.txt",
		&gitlab.DownloadArtifactsFileOptions{Job: gitlab.Ptr("build")})
	keep("jobs.artifacts file of a ref", text(one), response, err)
	latest, _, err := client.Pipelines.GetLatestPipeline(project, nil)
	if err != nil {
		fail("pipelines.latest", err)
	}
	again, response, err := client.Pipelines.RetryPipelineBuild(project, latest.ID)
	keep("pipelines.retry", again, response, err)
	made, _, err := client.Pipelines.CreatePipeline(project, &gitlab.CreatePipelineOptions{Ref: gitlab.Ptr("main")})
	if err != nil {
		fail("pipelines.create", err)
	}
	jobs, _, err := client.Jobs.ListPipelineJobs(project, made.ID, nil)
	if err != nil {
		fail("pipelines.jobs", err)
	}
	canceled, response, err := client.Jobs.CancelJob(project, jobs[0].ID)
	keep("jobs.cancel", canceled, response, err)
	response, err = client.Pipelines.DeletePipeline(project, latest.ID)
	done("pipelines.delete", response, err)
	archived, response, err := client.Projects.ArchiveProject(project)
	keep("projects.archive", archived, response, err)
	unarchived, response, err := client.Projects.UnarchiveProject(project)
	keep("projects.unarchive", unarchived, response, err)
}

// as is the client of who has a token.
func as(token string) *gitlab.Client {
	client, err := gitlab.NewClient(token, gitlab.WithBaseURL(os.Getenv("GITLAB_BASE_URL")), gitlab.WithoutRetries())
	if err != nil {
		fail("client", err)
	}
	return client
}
