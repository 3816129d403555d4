"""Send a fixed set of spans, metric points and log records through the OpenTelemetry Python SDK.

Prints what it sent as one JSON line. Exits with status 1 when any exporter complained: the SDK
tells about a failed export only through the logging module.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from dataclasses import dataclass, field

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import (
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

SCOPE = "pryx-core"
SCOPE_VERSION = "1.4.2"
SCHEMA_URL = "https://opentelemetry.io/schemas/1.27.0"
SCOPE_ATTRIBUTES = {"scope.purpose": "interop"}

# Nanoseconds that do not survive a trip through a double, so a receiver that rounds is found out.
EPOCH_NS = 1767225600_123456789
NEVER_MS = 3_600_000

REMOTE = SpanContext(
    trace_id=0x4BF92F3577B34DA6A3CE929D0E0E4736,
    span_id=0x00F067AA0BA902B7,
    is_remote=True,
    trace_flags=TraceFlags(TraceFlags.SAMPLED),
    trace_state=TraceState([("pryx", "t61rcWkgMzE"), ("other", "1")]),
)


@dataclass
class Summary:
    """What was sent, for the test to look for at the receiver."""

    run_id: str
    service: str
    spans: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"spans": 0, "points": 0, "logs": 0})


class Complaints(logging.Handler):
    """Keeps every warning and error that the SDK logs."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def at(milliseconds: int) -> int:
    """EPOCH_NS plus a number of milliseconds."""
    return EPOCH_NS + milliseconds * 1_000_000


def emit_traces(options: argparse.Namespace, resource: Resource, sent: Summary) -> None:
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(**exporter_options(options, "traces"))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=NEVER_MS))
    tracer = provider.get_tracer(SCOPE, SCOPE_VERSION, SCHEMA_URL, SCOPE_ATTRIBUTES)

    turn = tracer.start_span(
        "session.turn",
        kind=SpanKind.SERVER,
        start_time=at(0),
        attributes=every_attribute(),
        links=[Link(REMOTE, {"link.reason": "resumed"})],
    )
    turn.add_event("prompt.received", {"prompt.length": 128, "prompt.cached": False}, timestamp=at(1))
    llm = tracer.start_span(
        "llm.request",
        context=trace.set_span_in_context(turn),
        kind=SpanKind.CLIENT,
        start_time=at(2),
        attributes={
            "llm.provider": "openai",
            "llm.model": "gpt-4o",
            "llm.tokens.input": 1200,
            "llm.tokens.output": 345,
            "llm.tokens.total": 1545,
            "cost.amount": 0.0123,
            "cost.currency": "USD",
        },
    )
    tool = tracer.start_span(
        "tool.execute",
        context=trace.set_span_in_context(llm),
        start_time=at(3),
        attributes={"tool.name": "shell"},
    )
    failure = RuntimeError("exit status 1: no such file")
    # A fixed text: the real one would carry the paths of the machine.
    tool.record_exception(failure, {"exception.stacktrace": "Traceback: fixed"}, timestamp=at(5))
    tool.set_status(Status(StatusCode.ERROR, str(failure)))
    mcp = tracer.start_span(
        "mcp.call",
        context=trace.set_span_in_context(tool),
        kind=SpanKind.CLIENT,
        start_time=at(4),
        attributes={"mcp.server": "filesystem", "mcp.tool": "read_file"},
    )
    channel = tracer.start_span(
        "channel.receive",
        context=trace.set_span_in_context(trace.NonRecordingSpan(REMOTE)),
        kind=SpanKind.CONSUMER,
        start_time=at(10),
        attributes={"channel.type": "telegram", "channel.id": "42"},
    )
    mcp.end(at(6))
    tool.end(at(7))
    llm.set_status(Status(StatusCode.OK))
    llm.end(at(8))
    turn.end(at(9))
    channel.end(at(11))
    provider.shutdown()

    for span in (turn, llm, tool, mcp, channel):
        context = span.get_span_context()
        sent.spans[span.name] = {
            "trace_id": trace.format_trace_id(context.trace_id),
            "span_id": trace.format_span_id(context.span_id),
        }
        sent.counts["spans"] += 1


def every_attribute() -> dict[str, object]:
    """Each attribute type, and the values that a JSON number would damage."""
    return {
        "session.id": "s-0001",
        "attr.string": 'naïve "quoted" \\ 日本語 🚀\n',
        "attr.string_empty": "",
        "attr.bool_true": True,
        "attr.bool_false": False,
        "attr.int": 42,
        "attr.int_zero": 0,
        "attr.int_negative": -7,
        "attr.int_safe_max": 2**53 - 1,
        "attr.int_unsafe": 2**53 + 1,
        "attr.int_max": 2**63 - 1,
        "attr.int_min": -(2**63),
        "attr.double": 0.1,
        "attr.double_integral": 5.0,
        "attr.double_zero": 0.0,
        "attr.double_negative_zero": -0.0,
        "attr.double_huge": 1e300,
        "attr.double_nan": math.nan,
        "attr.double_infinity": math.inf,
        "attr.double_negative_infinity": -math.inf,
        "attr.strings": ["a", "", "c"],
        "attr.bools": [True, False],
        "attr.ints": [1, 2**63 - 1],
        "attr.doubles": [1.5, 2.0],
        "attr.strings_none": [],
    }


def emit_metrics(options: argparse.Namespace, resource: Resource, sent: Summary) -> None:
    """One export per temporality: the temporality belongs to the exporter."""
    delta = {Counter: AggregationTemporality.DELTA, Histogram: AggregationTemporality.DELTA}
    for preferred, record in ((None, cumulative_points), (delta, delta_points)):
        exporter = OTLPMetricExporter(
            preferred_temporality=preferred, **exporter_options(options, "metrics")
        )
        provider = MeterProvider(
            metric_readers=[PeriodicExportingMetricReader(exporter, export_interval_millis=NEVER_MS)],
            resource=resource,
            shutdown_on_exit=False,
            views=[
                View(
                    instrument_name="pryx.latency_ms",
                    aggregation=ExplicitBucketHistogramAggregation([10, 100, 1000]),
                ),
                View(
                    instrument_name="pryx.payload.size",
                    aggregation=ExponentialBucketHistogramAggregation(max_size=8),
                ),
            ],
        )
        meter = provider.get_meter(SCOPE, SCOPE_VERSION, SCHEMA_URL, SCOPE_ATTRIBUTES)
        sent.counts["points"] += record(meter)
        provider.shutdown()


def cumulative_points(meter) -> int:
    requests = meter.create_counter("pryx.requests", "{request}", "Total request count")
    requests.add(3, {"name": "chat"})
    requests.add(4, {"name": "chat"})
    requests.add(1, {"name": "tools"})
    meter.create_counter("pryx.tokens").add(2**53 + 1)
    meter.create_counter("pryx.cost", "USD").add(0.75)
    active = meter.create_up_down_counter("pryx.sessions.active")
    active.add(5)
    active.add(-7)
    meter.create_gauge("pryx.queue.depth").set(0)
    meter.create_observable_gauge("pryx.load", [lambda _options: [Observation(-3.5)]])
    latency = meter.create_histogram("pryx.latency_ms", description="Request latency in ms")
    for milliseconds in (5.0, 50.0, 500.0, 5000.0):
        latency.record(milliseconds, {"name": "chat"})
    latency.record(0.25, {"name": "tools"})
    payload = meter.create_histogram("pryx.payload.size", "By")
    for size in (0, 1, 2, 4):
        payload.record(size)
    payload.record(1024, {"name": "chat"})
    return 11


def delta_points(meter) -> int:
    meter.create_counter("pryx.errors", description="Total error count").add(2, {"name": "provider"})
    return 1


def emit_logs(options: argparse.Namespace, resource: Resource, sent: Summary) -> None:
    provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
    exporter = OTLPLogExporter(**exporter_options(options, "logs"))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, schedule_delay_millis=NEVER_MS))
    logger = provider.get_logger(SCOPE, SCOPE_VERSION, SCHEMA_URL, SCOPE_ATTRIBUTES)

    levels = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL4")
    for index, level in enumerate(levels):
        logger.emit(
            LogRecord(
                timestamp=at(index),
                observed_timestamp=at(index) + 1000,
                severity_number=SeverityNumber[level],
                severity_text=level,
                body=f"level {level}",
                attributes={"index": index},
            )
        )
    logger.emit(
        LogRecord(
            timestamp=at(100),
            observed_timestamp=at(100) + 1000,
            context=trace.set_span_in_context(trace.NonRecordingSpan(REMOTE)),
            severity_number=SeverityNumber.INFO2,
            severity_text="INFO2",
            event_name="session.finished",
            body={"message": "done", "tokens": 2**53 + 1, "ratio": 2.0, "steps": ["plan", {"ok": True}]},
            attributes={"payload": b"\xde\xad\xbe\xef", "session.id": "s-0001"},
        )
    )
    sent.counts["logs"] = len(levels) + 1
    provider.shutdown()


def exporter_options(options: argparse.Namespace, signal: str) -> dict[str, object]:
    return {
        "endpoint": f"{options.endpoint.rstrip('/')}/v1/{signal}",
        "headers": {"Authorization": f"Bearer {options.token}"} if options.token else {},
        "compression": Compression.Gzip if options.compression == "gzip" else Compression.NoCompression,
    }


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="base URL, without /v1/{signal}")
    parser.add_argument("--token", default="", help="bearer token")
    parser.add_argument("--compression", choices=("none", "gzip"), default="none")
    parser.add_argument("--run-id", default="local", help="tells the runs at one receiver apart")
    return parser.parse_args()


def main() -> int:
    options = parse_options()
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)

    service = f"pryx-runtime-{options.run_id}"
    # The constructor, not create(): the resource says nothing about the host or the process.
    resource = Resource(
        {
            "service.name": service,
            "service.version": "1.4.2",
            "device.id": "pryx-device-0001",
            "host.arch": "arm64",
            "host.os": "darwin",
            "run.id": options.run_id,
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.language": "python",
        },
        SCHEMA_URL,
    )
    sent = Summary(run_id=options.run_id, service=service)
    emit_traces(options, resource, sent)
    emit_metrics(options, resource, sent)
    emit_logs(options, resource, sent)

    for message in complaints.messages:
        print(message, file=sys.stderr)
    if complaints.messages:
        return 1
    print(json.dumps(sent.__dict__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
