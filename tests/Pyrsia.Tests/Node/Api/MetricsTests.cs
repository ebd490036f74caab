using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Pyrsia.Node.Telemetry;
using Pyrsia.Tests.Repository;
using Xunit;

namespace Pyrsia.Tests.Node.Api;

public sealed partial class MetricsTests : IAsyncLifetime
{
    private NodeFixture _node = null!;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_node_gives_its_metrics_and_the_platforms_in_the_form_that_Prometheus_reads()
    {
        await _node.GetAsync("/status");
        var answer = await _node.GetAsync("/metrics");
        Assert.Equal(PrometheusText.MediaType, answer.Content.Headers.ContentType!.ToString());
        var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.All(page.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(PageLine(), line));
        Assert.Contains("pyrsia_build_info{program=\"pyrsia-node\",version=\"", page, StringComparison.Ordinal);
        Assert.Contains("libp2p_connections{libp2p_direction=\"inbound\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("pyrsia_peers{state=\"alive\"} ", page, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_bucket{", page, StringComparison.Ordinal);
        Assert.Contains("dotnet_", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_metric_of_its_own_is_in_the_documentation_and_has_a_meaning()
    {
        var page = await (await _node.GetAsync("/metrics")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var documented = SourceTree.Read("docs/operating/metrics.md");
        var families = Family().Matches(page);
        Assert.NotEmpty(families);
        Assert.All(families, family =>
        {
            Assert.Contains($"| `{family.Groups["name"].Value}` |", documented, StringComparison.Ordinal);
            Assert.NotEqual("", family.Groups["help"].Value);
        });
    }

    [Fact]
    public async Task A_metric_with_more_labels_than_there_is_room_for_counts_the_rest_together()
    {
        using var meter = new Meter("Pyrsia.Tests.Overflow");
        var counter = meter.CreateCounter<long>("many");
        for (var i = 0; i < TelemetryService.MaxSeries + 5; i++) counter.Add(1, new KeyValuePair<string, object?>("number", i));
        var page = await (await _node.GetAsync("/metrics")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(TelemetryService.MaxSeries, page.Split('\n').Count(line => line.StartsWith("many_total{number=", StringComparison.Ordinal)));
        Assert.Contains("many_total{otel_metric_overflow=\"True\"} 5\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Counters_gauges_and_histograms_are_written_each_as_its_kind_with_their_labels_escaped()
    {
        using var meter = new Meter("Pyrsia.Tests.Metrics");
        using var exporter = new PrometheusExporter();
        using var reader = new BaseExportingMetricReader(exporter);
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(reader)
            .AddView("a.time", new ExplicitBucketHistogramConfiguration { Boundaries = [0.5, 1] }).Build();
        meter.CreateCounter<long>("a.count", "By", "Bytes, or\nnot.").Add(3, new KeyValuePair<string, object?>("the.label", "x\"y\\z\n"));
        meter.CreateUpDownCounter<long>("a.level").Add(-2);
        var time = meter.CreateHistogram<double>("a.time", "s");
        time.Record(0.25);
        time.Record(2);
        reader.Collect();
        Assert.Equal(
            """
            # HELP a_count_bytes_total Bytes, or\nnot.
            # TYPE a_count_bytes_total counter
            a_count_bytes_total{the_label="x\"y\\z\n"} 3
            # TYPE a_level gauge
            a_level -2
            # TYPE a_time_seconds histogram
            a_time_seconds_bucket{le="0.5"} 1
            a_time_seconds_bucket{le="1"} 1
            a_time_seconds_bucket{le="+Inf"} 2
            a_time_seconds_sum 2.25
            a_time_seconds_count 2

            """,
            exporter.Page);
    }

    [GeneratedRegex("""^(# HELP [a-zA-Z_][a-zA-Z0-9_]* .*|# TYPE [a-zA-Z_][a-zA-Z0-9_]* (counter|gauge|histogram)|[a-zA-Z_][a-zA-Z0-9_]*(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["\\n])*")*\})? (-?[0-9.]+(E[+-]?[0-9]+)?|[+-]Inf|NaN))$""")]
    private static partial Regex PageLine();

    [GeneratedRegex("^# HELP (?<name>(pyrsia|libp2p)_[a-z0-9_]+) (?<help>.*)$", RegexOptions.Multiline)]
    private static partial Regex Family();
}
