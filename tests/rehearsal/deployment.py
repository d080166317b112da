"""One deployment of Matinee in the emulator: its outputs, and how the world reaches it.

It must not know what Matinee does. Names of AWS (the distribution's, the API's, the bucket's) are the emulator's own
address with that name as the host, so that nothing here leaves this machine.
"""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.contracts.emulator import REGION, ROOT, Caller, running
from tests.rehearsal.terraform import Terraform, program

EMULATOR = Path(__file__).with_name("emulator_as_aws.py")
REPLICA_REGION = "eu-west-1"
# Nobody waits for the edge here; what was made is to be gone in the end.
VARIABLES = {
    "web_dir": str(ROOT / "web" / "dist"),
    "key_settle_seconds": "0",
    "encode_at_once": "2",
    "limit_hours_stored": "1000",  # so that the library's length is read
    "destroy_everything": "true",
    "webhook_allow_cidrs": '["127.0.0.0/8"]',
    "replica_region": REPLICA_REGION,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def denial(self) -> str:
        """The gate's code; "ok" when it let the request through."""
        return self.headers.get("x-matinee-denial", "ok")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was applied."""

    terraform: Terraform
    root: Caller
    outputs: Mapping[str, Any]
    log: Path
    before: set[str] = field(default_factory=set)

    def ask(self, host: str, target: str, method: str = "GET", **headers: str) -> Answer:
        """A request whose target is sent exactly as given: no client may tidy it up."""
        connection = http.client.HTTPConnection(urlsplit(self.root.url).netloc, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": host, "X-Forwarded-Proto": "https"} | headers).items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def view(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """A viewer's request to the distribution."""
        return self.ask(self.site, target, method, **headers)

    def store(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Anybody's request to the media bucket's own host."""
        return self.ask(f"{self.bucket}.s3.{REGION}.amazonaws.com", target, method, **headers)

    def copy(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """Anybody's request to the second Region's bucket."""
        return self.ask(f"{self.replica}.s3.{REPLICA_REGION}.amazonaws.com", target, method, **headers)

    def client(self, host: str, **headers: str) -> httpx.Client:
        """A program that talks to `host`."""
        return httpx.Client(
            base_url=self.root.url, headers={"Host": host, "X-Forwarded-Proto": "https"} | headers, timeout=60
        )

    @property
    def site(self) -> str:
        """The distribution's host."""
        return str(self.outputs["cloudfront_domain"])

    @property
    def bucket(self) -> str:
        """The media bucket."""
        return str(self.outputs["s3_bucket_name"])

    @property
    def replica(self) -> str:
        """The second Region's bucket."""
        listed = self.root.session().client("s3", endpoint_url=self.root.url).list_buckets()["Buckets"]
        (found,) = [bucket["Name"] for bucket in listed if bucket["Name"].endswith("-replica")]
        return found


def things(root: Caller) -> set[str]:
    """The names of everything the account holds of what Matinee makes."""
    session, url = root.session(), root.url
    found: set[str] = set()

    def note(service: str, operation: str, items: str, name: str, **given: str) -> None:
        client = session.client(service, endpoint_url=url)  # type: ignore[call-overload] # any service
        for item in getattr(client, operation)(**given).get(items) or []:
            found.add(f"{service} {item if name == '' else item[name]}")

    note("s3", "list_buckets", "Buckets", "Name")
    note("dynamodb", "list_tables", "TableNames", "")
    note("lambda", "list_functions", "Functions", "FunctionName")
    note("iam", "list_roles", "Roles", "RoleName")
    note("stepfunctions", "list_state_machines", "stateMachines", "name")
    note("apigatewayv2", "get_apis", "Items", "Name")
    note("logs", "describe_log_groups", "logGroups", "logGroupName")
    note("sqs", "list_queues", "QueueUrls", "")
    note("sns", "list_topics", "Topics", "TopicArn")
    note("events", "list_rules", "Rules", "Name")
    note("scheduler", "list_schedules", "Schedules", "Name")
    note("secretsmanager", "list_secrets", "SecretList", "Name")
    note("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName")
    note("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName")
    note("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID")
    note("budgets", "describe_budgets", "Budgets", "BudgetName", AccountId="000000000000")
    cognito = session.client("cognito-idp", endpoint_url=url)
    found |= {f"cognito {pool['Name']}" for pool in cognito.list_user_pools(MaxResults=10)["UserPools"]}
    cloudfront = session.client("cloudfront", endpoint_url=url)
    for each in cloudfront.list_distributions()["DistributionList"].get("Items", []):
        found.add(f"distribution {each['Id']}")
    for function in cloudfront.list_functions()["FunctionList"].get("Items", []):
        found.add(f"function {function['Name']}")
    for control in cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Items", []):
        found.add(f"origin access control {control['Name']}")
    for cached in cloudfront.list_cache_policies()["CachePolicyList"].get("Items", []):
        found.add(f"cache policy {cached['CachePolicy']['CachePolicyConfig']['Name']}")
    for asked in cloudfront.list_origin_request_policies()["OriginRequestPolicyList"].get("Items", []):
        found.add(f"origin request policy {asked['OriginRequestPolicy']['OriginRequestPolicyConfig']['Name']}")
    for sent in cloudfront.list_response_headers_policies()["ResponseHeadersPolicyList"].get("Items", []):
        found.add(f"response headers policy {sent['ResponseHeadersPolicy']['ResponseHeadersPolicyConfig']['Name']}")
    for store in cloudfront.list_key_value_stores()["KeyValueStoreList"].get("Items", []):
        found.add(f"store {store['Name']}")
    return found


@contextmanager
def deployed(packages: Path, folder: Path, variables: Mapping[str, str] = VARIABLES) -> Iterator[Deployment | None]:
    """A deployment while the block lasts; None when the emulator or Terraform is not there."""
    with running(folder, EMULATOR) as emulator:
        if emulator is None or program() is None:
            yield None
            return
        terraform = Terraform(folder, _settings(emulator.root), {**variables, "package_dir": str(packages)})
        terraform.init()
        before = things(emulator.root)
        terraform.apply()
        yield Deployment(terraform, emulator.root, terraform.outputs(), folder / "emulator.log", before)


def _settings(root: Caller) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": root.url,
        "AWS_ACCESS_KEY_ID": root.key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
    }
