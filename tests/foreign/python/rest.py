"""Works on records with simple-salesforce and prints what it found as one JSON object, for the test
to compare with what the org holds.

Environment: see salesforce.py, and MEETING (a record id).
"""

import json
import os

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from salesforce import login


class Plain(HTTPAdapter):
    """The client writes https before every address; the emulator's org has no certificate."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


def refused(call, *arguments):
    """The code of a call that must fail."""
    try:
        answer = call(*arguments)
    except (SalesforceMalformedRequest, SalesforceResourceNotFound) as error:
        return error.content[0]["errorCode"]
    raise AssertionError(f"not refused: {answer}")


token = login()
session = requests.Session()
session.mount("https://", Plain())
org = Salesforce(
    session_id=token["access_token"],
    instance_url=token["instance_url"],
    session=session,
    version="67.0",
)

one = org.Chime_Meeting__c.create({"Subject__c": "Größe, 日本", "Auto_Record__c": True})
assert one["success"], one
doomed = org.Chime_Meeting__c.create({"Subject__c": "doomed"})["id"]
bad = {"Subject__c": "bad", "Status__c": "No such status"}
code = refused(org.Chime_Meeting__c.create, bad)
assert code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", code

assert org.Chime_Meeting__c.update(one["id"], {"Subject__c": "it's changed"}) == 204
row = {"Meeting__c": os.environ["MEETING"], "Status__c": "Preparing"}
made = org.Chime_Recording__c.upsert("Recording_Key__c/foreign-2", row)
assert made == 201, made
again = org.Chime_Recording__c.upsert("Recording_Key__c/foreign-2", {"Status__c": "Starting"})
assert again in (200, 204), again
recording = org.Chime_Recording__c.get_by_custom_id("Recording_Key__c", "foreign-2")
assert recording["Status__c"] == "Starting", recording

soql = "SELECT Id, Subject__c, Owner.Username FROM Chime_Meeting__c WHERE Subject__c = 'it\\'s changed'"
found = org.query(soql)
assert (found["totalSize"], found["done"]) == (1, True), found
assert found["records"][0]["Owner"]["Username"] == os.environ["USER_NAME"], found

# More than one page: first by hand, then all at once.
many = "SELECT Id FROM Account ORDER BY Name"
small = {"Sforce-Query-Options": "batchSize=200"}
page = org.query(many, headers=small)
assert (page["totalSize"], len(page["records"]), page["done"]) == (450, 200, False), page
following = org.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=small)
ids = {record["Id"] for record in page["records"] + following["records"]}
assert (len(ids), following["done"]) == (400, False), following
names = [record["Id"] for record in org.query_all_iter(many, headers=small)]
assert len(set(names)) == 450, len(names)

assert org.Chime_Meeting__c.delete(doomed) == 204
assert refused(org.Chime_Meeting__c.get, doomed) == "NOT_FOUND"
assert refused(org.query, "SELECT No__c FROM Account") == "INVALID_FIELD"
fields = {field["name"]: field for field in org.Chime_Meeting__c.describe()["fields"]}
assert fields["Status__c"]["type"] == "picklist", fields["Status__c"]
assert org.limits()["DailyApiRequests"]["Remaining"] > 0

print(json.dumps({"changed": one["id"], "gone": doomed, "recording": recording["Id"]}))
