"""What each alarm is for, done in a deployment, and what AWS counts of it.

The emulator counts errors and throttled calls of functions itself. The rest of what AWS counts is counted here: by what
is there (executions, messages, answers of the API), or, of what nothing here can bring about, by the number alone;
always under the name that the thing itself has. What functions leave in their logs (EMF) is handed on as CloudWatch
Logs does. Whether an alarm rings is decided by the alarm as it was deployed.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any  # clients of boto3, chosen by name

from botocore.config import Config

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_insights import DynamoDbInsights
from matinee.adapters.local.system_clock import SystemClock
from matinee.domain.delivery import Attempt, DeliveryState, delivery_of
from matinee.domain.ids import AssetId
from matinee.domain.quality import slots
from matinee.domain.run import RunState
from matinee.ports.webhooks import EventQuery
from tests.contracts.aws_openers import open_dynamodb_catalog, open_dynamodb_webhooks
from tests.contracts.samples import a_run, an_asset
from tests.contracts.webhooks import a_webhook, an_event
from tests.rehearsal.deployment import Deployment
from tests.system.server import eventually

NAME = "matinee"
FUNCTIONS = (
    "api", "link", "start-ingest", "ingest", "encode", "upkeep", "rotate-keys", "events", "sender", "claims",
)  # fmt: skip
NO_EVENT = b"[]"
ONCE = Config(retries={"total_max_attempts": 1})
QUIET = ("Rehearsal", "Quiet", {"of": "nothing"})


@dataclass(frozen=True, slots=True)
class Account:
    """The deployment as AWS itself sees it, and somebody whom its topic of alarms tells."""

    deployment: Deployment
    told: str = ""

    def client(self, service: str) -> Any:
        """A client of that service, of whom may do all; it tries once, so that what is refused is refused."""
        root = self.deployment.root
        return root.session().client(service, endpoint_url=root.url, config=ONCE)  # type: ignore[call-overload] # any service

    @contextmanager
    def listening(self) -> Iterator["Account"]:
        """With a queue that is told what `alarm_email` would be, while the block lasts."""
        sqs, sns = self.client("sqs"), self.client("sns")
        (topic,) = (each["TopicArn"] for each in sns.list_topics()["Topics"] if each["TopicArn"].endswith("-alarms"))
        queue = sqs.create_queue(QueueName="somebody")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        try:
            yield replace(self, told=queue)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sqs.delete_queue(QueueUrl=queue)

    def alarms(self) -> dict[str, str]:
        """The state of every alarm, by its name without the deployment's."""
        pages = self.client("cloudwatch").get_paginator("describe_alarms").paginate()
        found = [alarm for page in pages for alarm in page["MetricAlarms"]]
        return {each["AlarmName"].removeprefix(f"{NAME}-"): each["StateValue"] for each in found}

    def ringing(self) -> set[str]:
        """Those that ring."""
        return {name for name, state in self.alarms().items() if state == "ALARM"}

    def told_of(self) -> set[tuple[str, str]]:
        """What came since it was last asked: alarms, and the state of each."""
        found: set[tuple[str, str]] = set()
        sqs = self.client("sqs")
        while came := sqs.receive_message(QueueUrl=self.told, MaxNumberOfMessages=10).get("Messages"):
            for each in came:
                message = json.loads(json.loads(each["Body"])["Message"])
                found.add((message["AlarmName"].removeprefix(f"{NAME}-"), message["NewStateValue"]))
                sqs.delete_message(QueueUrl=self.told, ReceiptHandle=each["ReceiptHandle"])
        return found

    def count(self, space: str, metric: str, dimensions: Mapping[str, str], value: float) -> None:
        """AWS counts so much, and looks at its alarms."""
        named = [{"Name": name, "Value": each} for name, each in dimensions.items()]
        datum = {"MetricName": metric, "Dimensions": named, "Value": value}
        self.client("cloudwatch").put_metric_data(Namespace=space, MetricData=[datum])

    def look(self) -> None:
        """Have every alarm looked at."""
        self.count(*QUIET, 0)

    def workflow(self) -> str:
        """The ARN of the workflow."""
        (found,) = self.client("stepfunctions").list_state_machines()["stateMachines"]
        return str(found["stateMachineArn"])

    def count_executions(self, metric: str, value: float) -> None:
        """What Step Functions counts of the workflow."""
        self.count("AWS/States", metric, {"StateMachineArn": self.workflow()}, value)

    def executions(self, status: str) -> int:
        """How many ended so."""
        client = self.client("stepfunctions")
        return len(client.list_executions(stateMachineArn=self.workflow(), statusFilter=status)["executions"])


def errors(account: Account, function: str) -> None:
    """It is called with what is no event of its; the upkeep, which reads none, without its rights."""
    with _without_rights(account, function) if function == "upkeep" else _as_it_is():
        answer = account.client("lambda").invoke(FunctionName=f"{NAME}-{function}", Payload=NO_EVENT)
    assert answer["FunctionError"], function
    account.look()


def throttled(account: Account, function: str) -> None:
    """It may not run at all, and is called oftener than the alarm bears."""
    client, name = account.client("lambda"), f"{NAME}-{function}"
    with _stopped(account, function):
        for _ in range(101):
            try:
                client.invoke(FunctionName=name, Payload=NO_EVENT)
            except client.exceptions.TooManyRequestsException:
                continue
            raise AssertionError(f"{name} ran")
    account.look()


def api_failing(account: Account) -> None:
    """The API has lost its rights, and is asked six times."""
    with _without_rights(account, "api"):
        host = account.deployment.outputs["api_endpoint"]
        answers = [account.deployment.ask(host, "/v1/shares/shr_0123456789abcdefghjk") for _ in range(6)]
    assert [answer.status for answer in answers] == [503] * 6, answers[0]
    (api,) = account.client("apigatewayv2").get_apis()["Items"]
    account.count("AWS/ApiGateway", "5xx", {"ApiId": api["ApiId"]}, len(answers))


def runs_failed(account: Account) -> None:
    """An execution of no run."""
    before = account.executions("FAILED")
    account.client("stepfunctions").start_execution(stateMachineArn=account.workflow(), input="{}")
    eventually(lambda: account.executions("FAILED") > before, seconds=180)  # it is tried again to write down why
    account.count_executions("ExecutionsFailed", account.executions("FAILED") - before)


def runs_aborted(account: Account) -> None:
    """Somebody stops an execution, which waits since nothing runs."""
    client, before = account.client("stepfunctions"), account.executions("ABORTED")
    with _stopped(account, "ingest"):
        started = client.start_execution(stateMachineArn=account.workflow(), input='{"run_id": "run_nobody"}')
        client.stop_execution(executionArn=started["executionArn"])
        eventually(lambda: account.executions("ABORTED") > before, seconds=60)
    account.count_executions("ExecutionsAborted", account.executions("ABORTED") - before)


def dead_letters(account: Account) -> None:
    """Something that is no event is given up by the function that begins runs, after its retries."""
    client = account.client("lambda")
    client.invoke(FunctionName=f"{NAME}-start-ingest", InvocationType="Event", Payload=NO_EVENT)
    sqs = account.client("sqs")
    queue = sqs.get_queue_url(QueueName=f"{NAME}-dead-letters")["QueueUrl"]

    def waiting() -> int:
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    eventually(lambda: waiting() > 0, seconds=180)
    dimensions = {"QueueName": queue.rpartition("/")[2]}
    account.count("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions, waiting())
    sqs.purge_queue(QueueUrl=queue)


def rule_not_heard(account: Account) -> None:
    """EventBridge counts a call that failed: the emulator's never does."""
    (rule,) = account.client("events").list_rules(NamePrefix=NAME)["Rules"]
    account.count("AWS/Events", "FailedInvocations", {"RuleName": rule["Name"]}, 1)


def events_behind(account: Account) -> None:
    """The function that reads the stream has lost its rights, so a record waits until it has them again.

    That the record is as old as that, the alarm's ten minutes, is played: Lambda counts the age, the emulator does not.
    """
    root, table, began = account.deployment.root, account.deployment.outputs["dynamodb_table_name"], SystemClock().now()
    catalog, store = open_dynamodb_catalog(root, table), open_dynamodb_webhooks(root, table)
    (mapping,) = (
        each
        for each in account.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        if ":dynamodb:" in each["EventSourceArn"]
    )
    function = mapping["FunctionArn"].split(":")[6]

    def tried() -> bool:
        given = {"logGroupName": f"/aws/lambda/{function}", "startTime": int(began.timestamp() * 1000)}
        return any(
            "AccessDenied" in each["message"] for each in account.client("logs").filter_log_events(**given)["events"]
        )

    def told() -> bool:
        asked = EventQuery(since=began - timedelta(minutes=1), until=began + timedelta(days=1), limit=1000)
        return any(event.data.asset_id == asset.id for event in store.list_events(asked).items)

    with _without_rights(account, "events"):
        asset = catalog.add_asset(replace(an_asset("behind"), created_at=began, updated_at=began))
        eventually(tried, seconds=120)
        assert not told()
        waited = SystemClock().now() - began + timedelta(minutes=10)
        account.count("AWS/Lambda", "IteratorAge", {"FunctionName": function}, waited / timedelta(milliseconds=1))
    eventually(told, seconds=120)
    now = SystemClock().now()
    catalog.replace_asset(replace(asset.deleted(now), erased_at=now))


def told_by_the_upkeep(account: Account) -> None:
    """A run waits for a person, a film stands still, a webhook was given up: the next upkeep says so."""
    root, table, now = account.deployment.root, account.deployment.outputs["dynamodb_table_name"], SystemClock().now()
    catalog, store = open_dynamodb_catalog(root, table), open_dynamodb_webhooks(root, table)
    insights = DynamoDbInsights(
        dynamodb_client(root.session(), root.url), table, keep_days=1, keep_slots=timedelta(hours=1)
    )
    film, webhook, event = AssetId("ast_a"), store.add_webhook(a_webhook()), store.add_event(an_event())
    run = catalog.add_run(a_run(state=RunState.WAITING))
    dead = replace(delivery_of(event, webhook.id, now - timedelta(days=1)), state=DeliveryState.DEAD)
    store.add_delivery(replace(dead, attempts=(Attempt(at=now, duration_ms=5, status=500),)))
    slot = slots(now)[0]
    insights.note(slot, film, {"watch_ms": 600_000, "stalled_ms": 900_000})
    try:
        account.client("lambda").invoke(FunctionName=f"{NAME}-upkeep", Payload=b"{}")
        _hand_on(account, "upkeep")
    finally:
        insights.note(slot, film, {"watch_ms": 10**9})  # nobody complains any more
        catalog.replace_run(run.cancelled(now))
        store.remove_webhook(webhook.id)


def _hand_on(account: Account, function: str) -> None:
    """To CloudWatch what the function's last words count (EMF)."""
    pages = (
        account.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{NAME}-{function}", filterPattern='"CloudWatchMetrics"')
    )
    lines = [line for page in pages for each in page["events"] for line in each["message"].splitlines()]
    told = [json.loads(line) for line in lines if line.startswith("{") and '"_aws"' in line][-1]
    for each in told["_aws"]["CloudWatchMetrics"]:
        for named in each["Metrics"]:
            for dimensions in each["Dimensions"]:
                of = {name: told[name] for name in dimensions}
                account.count(each["Namespace"], named["Name"], of, max(told[named["Name"]]))


# Which alarms ring by what. In this order: an execution that fails is an error of a function too, and so on.
WAYS: Sequence[tuple[tuple[str, ...], Callable[[Account], None]]] = (
    *(((f"errors-{name}",), partial(errors, function=name)) for name in FUNCTIONS),
    *(((f"throttled-{name}",), partial(throttled, function=name)) for name in FUNCTIONS),
    (("api-failing",), api_failing),
    (("runs-failed",), runs_failed),
    (("runs-aborted",), runs_aborted),
    (("runs-timed-out",), lambda account: account.count_executions("ExecutionsTimedOut", 1)),  # after a day
    (("runs-throttled",), lambda account: account.count_executions("ExecutionThrottled", 51)),
    (("dead-letters",), dead_letters),
    (("rule-not-heard",), rule_not_heard),
    (("events-behind",), events_behind),
    (("runs-waiting", "viewers-complain", "webhooks-dead"), told_by_the_upkeep),
)


@contextmanager
def _as_it_is() -> Iterator[None]:
    """Nothing is changed."""
    yield


@contextmanager
def _without_rights(account: Account, function: str) -> Iterator[None]:
    """The function's role may do nothing while the block lasts."""
    iam, role = account.client("iam"), f"{NAME}-{function}"
    held = {
        name: json.dumps(iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert held
    for name in held:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        for name, document in held.items():
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)


@contextmanager
def _stopped(account: Account, function: str) -> Iterator[None]:
    """The function may not run while the block lasts."""
    client, name = account.client("lambda"), f"{NAME}-{function}"
    before = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        yield
    finally:
        if before:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=before)
        else:
            client.delete_function_concurrency(FunctionName=name)
