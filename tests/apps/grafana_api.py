"""Walks through a server with grafana-client, as scripts of teams do. Prints `done` at the end; anything odd raises."""

import sys

from grafana_client import GrafanaApi
from grafana_client.client import GrafanaClientError

url, password = sys.argv[1:3]
admin = GrafanaApi.from_url(url, credential=("admin", password))

assert admin.version
folder = admin.folder.create_folder("Payments", uid="pay")
assert folder["title"] == "Payments" and admin.folder.get_folder("pay")["version"] == 1
assert admin.folder.update_folder("pay", title="Pay", version=1)["version"] == 2
admin.folder.update_folder_permissions("pay", {"items": [{"role": "Viewer", "permission": 1}]})
assert [(p["role"], p["permission"]) for p in admin.folder.get_folder_permissions("pay")] == [("Viewer", 1)]

saved = admin.dashboard.update_dashboard({"dashboard": {"title": "T", "uid": "t", "tags": ["x"]}, "folderUid": "pay"})
assert saved["status"] == "success" and saved["version"] == 1
assert admin.dashboard.get_dashboard("t")["meta"]["folderUid"] == "pay"
assert [hit["uid"] for hit in admin.search.search_dashboards(tag="x")] == ["t"]
try:
    admin.dashboard.update_dashboard({"dashboard": {"title": "T", "uid": "t", "version": 9}})
    raise AssertionError("an old version was saved over a new one")
except GrafanaClientError as error:
    assert error.status_code == 412, error

source = {"name": "P", "uid": "p", "type": "prometheus", "access": "proxy", "url": url}
assert admin.datasource.create_datasource(source)["message"] == "Datasource added"
for uid in ("p", "bongsu"):
    health = admin.datasource.health_inquiry(uid)
    assert health.success, health
answer = admin.datasource.smartquery(admin.datasource.get_datasource_by_uid("bongsu"), "1+1")
(result,) = answer["results"].values()
assert result["frames"][0]["data"]["values"][1][-1] == 2, answer
admin.datasource.delete_datasource_by_uid("p")

user = admin.admin.create_user({"name": "U", "email": "u@x.example", "login": "u", "password": "long enough"})
assert admin.users.find_user("u@x.example")["id"] == user["id"]
team = admin.teams.add_team({"name": "team"})
admin.teams.add_team_member(team["teamId"], user["id"])
assert [member["login"] for member in admin.teams.get_team_members(team["teamId"])] == ["u"]

account = admin.serviceaccount.create({"name": "ci", "role": "Viewer"})
token = admin.serviceaccount.create_token(account["id"], {"name": "t"})["key"]
program = GrafanaApi.from_url(url, credential=token)
assert [hit["uid"] for hit in program.search.search_dashboards(query="T", type_="dash-db", tag="x")] == ["t"]
try:
    program.dashboard.delete_dashboard("t")
    raise AssertionError("a viewer removed a dashboard")
except GrafanaClientError as error:
    assert error.status_code == 403, error

note = admin.annotations.add_annotation(text="deploy", tags=["a"], dashboard_uid="t")
assert [a["text"] for a in admin.annotations.get_annotation(tags=["a"])] == ["deploy"]
admin.annotations.delete_annotations_by_id(note["id"])
admin.dashboard.delete_dashboard("t")
admin.folder.delete_folder("pay")
print("done")
