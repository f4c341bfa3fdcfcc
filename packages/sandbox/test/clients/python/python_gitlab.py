"""Uses a GitLab by python-gitlab and prints what that decoded as JSON: one entry for each call.

GITLAB_URL and GITLAB_TOKEN say where and who. A call that fails ends it.
"""

import datetime
import io
import json
import os
import time
import zipfile

import gitlab

CONFIG = """workflow: { rules: [{ if: $CI_PIPELINE_SOURCE == "api" }] }
build:
  image: $PYTHON_IMAGE
  script: [echo built | tee built.txt]
  artifacts: { paths: [built.txt] }
  environment: production
"""

said = {}


def keep(name, value):
    """Notes what a call gave: attributes of an object, or of each of a list."""
    if isinstance(value, list):
        said[name] = [item.attributes if hasattr(item, "attributes") else item for item in value]
    else:
        said[name] = value.attributes if hasattr(value, "attributes") else value
    return value


def refused(name, call):
    """Notes a call that has to fail, as the client understands the error."""
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        said[name] = {"status": error.response_code, "message": error.error_message, "kind": type(error).__name__}
        return
    raise SystemExit(f"{name}: it was not refused")


def settled(pipeline):
    """Waits until a pipeline is over."""
    end = time.monotonic() + 180
    while pipeline.status not in ("success", "failed", "manual"):
        if time.monotonic() > end:
            raise SystemExit(f"pipeline: still {pipeline.status}")
        time.sleep(0.2)
        pipeline.refresh()
    return pipeline


gl = gitlab.Gitlab(os.environ["GITLAB_URL"], private_token=os.environ["GITLAB_TOKEN"], keep_base_url=True)
gl.auth()
keep("user", gl.user)
said["version"] = gl.version()
keep("settings", gl.settings.get())
keep("personal_access_tokens.self", gl.personal_access_tokens.get("self"))
keep("personal_access_tokens", gl.personal_access_tokens.list(get_all=True))

group = keep("groups.create", gl.groups.create({"name": "Snakes", "path": "snakes"}))
child = keep("groups.create below", gl.groups.create({"name": "Small", "path": "small", "parent_id": group.id}))
keep("groups.subgroups", group.subgroups.list(get_all=True))
said["groups top"] = [one.full_path for one in gl.groups.list(top_level_only=True, iterator=True)]
keep("namespaces.get", gl.namespaces.get("snakes/small"))
for name in ("model", "second", "third"):
    keep(f"projects.create {name}", gl.projects.create({"name": name, "namespace_id": child.id}))
project = keep("projects.get", gl.projects.get("snakes/small/model"))
project.description = "a model"
project.merge_method = "ff"
project.save()
keep("projects.save", gl.projects.get(project.id))
keep("projects search", gl.projects.list(search="model", owned=True, get_all=True))
keyset = {"pagination": "keyset", "order_by": "id", "sort": "asc", "per_page": 2, "iterator": True}
said["projects by keyset"] = [one.path for one in gl.projects.list(**keyset)]
said["projects by offset"] = [one.path for one in gl.projects.list(per_page=2, iterator=True)]
first = gl.projects.list(per_page=2, iterator=True)
said["projects pages"] = [first.total, first.total_pages, first.next_page]
said["groups.projects"] = [one.path for one in child.projects.list(get_all=True)]
refused("projects.get missing", lambda: gl.projects.get("snakes/none"))
refused("projects.create twice", lambda: gl.projects.create({"name": "model", "namespace_id": child.id}))

user = keep(
    "users.create",
    gl.users.create({"username": "adder", "name": "Adder", "email": "adder@example.com", "force_random_password": True}),
)
member = keep("members.create", project.members.create({"user_id": user.id, "access_level": 30}))
member.access_level = gitlab.const.AccessLevel.MAINTAINER
member.save()
keep("members.get", project.members.get(user.id))
keep("members.all", project.members_all.list(get_all=True))
member.delete()
refused("members.get missing", lambda: project.members.get(user.id))

variable = keep(
    "variables.create",
    project.variables.create({"key": "KEY", "value": "value-long-1", "masked": True, "protected": True}),
)
variable.value = "value-long-2"
variable.save()
keep("variables.get", project.variables.get("KEY"))
variable.delete()
keep("variables", project.variables.list(get_all=True))

ends = (datetime.date.today() + datetime.timedelta(days=20)).isoformat()
token = project.access_tokens.create(
    {"name": "robot", "scopes": ["read_repository"], "access_level": 20, "expires_at": ends}
)
said["access_tokens.create has a token"] = bool(token.token)
keep("access_tokens.get", project.access_tokens.get(token.id))
old = token.token
token.rotate(expires_at=ends)
said["access_tokens.rotate is another token"] = token.token != old
said["access_tokens names"] = [one.name for one in project.access_tokens.list(state="active", get_all=True)]
project.access_tokens.get(token.id).delete()

key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHc6fAU8yg1ZQrY0NCVlC0b7JmH7ht0nRVdOaX1c5H0T"
deploy_key = keep("keys.create", project.keys.create({"title": "reader", "key": key}))
deploy_key.delete()
keep("keys", project.keys.list(get_all=True))

project.files.create({"file_path": ".gitlab-ci.yml", "branch": "main", "content": CONFIG, "commit_message": "Pipeline"})
file = project.files.get(".gitlab-ci.yml", ref="main")
said["files.get"] = {"same": file.decode().decode() == CONFIG, "ref": file.ref, "size": file.size}
commit = keep(
    "commits.create",
    project.commits.create(
        {
            "branch": "main",
            "commit_message": "A file",
            "actions": [{"action": "create", "file_path": "models/a.json", "content": "{}\n"}],
        }
    ),
)
keep("commits.get", project.commits.get(commit.id))
keep("commits", project.commits.list(get_all=True))
said["tree"] = [entry["path"] for entry in project.repository_tree(recursive=True, iterator=True)]
keep("branches.get", project.branches.get("main"))
branch = project.branches.create({"branch": "next", "ref": "main"})
branch.delete()
keep("protectedbranches", project.protectedbranches.list(get_all=True))
keep("protectedtags.create", project.protectedtags.create({"name": "v*", "create_access_level": 40}))
keep("tags.create", project.tags.create({"tag_name": "v1.0.0", "ref": "main", "message": "First"}))
keep("tags.get", project.tags.get("v1.0.0"))

pipeline = settled(project.pipelines.create({"ref": "main"}))
keep("pipelines.get", pipeline)
job = project.jobs.get(keep("pipelines.jobs", pipeline.jobs.list(get_all=True))[0].id)
keep("jobs.get", job)
said["jobs.trace"] = job.trace().decode()
archive = zipfile.ZipFile(io.BytesIO(job.artifacts()))
said["jobs.artifacts"] = {name: archive.read(name).decode() for name in archive.namelist()}
said["jobs.artifact"] = job.artifact("built.txt").decode()
keep("environments", project.environments.list(get_all=True))
keep("deployments", project.deployments.list(get_all=True))
keep("runners", project.runners.list(get_all=True))
keep("registry", project.repositories.list(get_all=True))
keep("hooks", project.hooks.list(get_all=True))
keep("mergerequests", project.mergerequests.list(get_all=True))

project.delete()
keep("projects.get deleted", gl.projects.get(project.id))
print(json.dumps(said))
