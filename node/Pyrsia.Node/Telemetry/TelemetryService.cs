using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Pyrsia.Node.Telemetry;

/// <summary>
/// Collects the metrics of this process for <c>/metrics</c>, and sends them on by OTLP where a collector is named, see <see cref="TraceSender"/>.
/// What is measured is documented in docs/operating/metrics.md.
/// </summary>
internal sealed class TelemetryService : IDisposable
{
    /// <summary>
    /// Most combinations of labels that one metric keeps apart; what is beyond counts together, under <c>otel_metric_overflow</c>. Memory for as many is taken for each metric at
    /// once, some 160 bytes each; requests by route, method and status have the most.
    /// </summary>
    internal const int MaxSeries = 256;

    /// <summary>Own meters, and those that the platform and its libraries bring.</summary>
    private static readonly string[] Meters = ["Pyrsia.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql"];

    private readonly Lock _collecting = new();
    private readonly PrometheusExporter _exporter = new();
    private readonly INodeMeter[] _meters;
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _metrics;

    public TelemetryService(NodeIdentityName identity, IConfiguration configuration, IEnumerable<INodeMeter> meters)
    {
        _meters = [.. meters];
        _reader = new BaseExportingMetricReader(_exporter);
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(TraceSender.Resource(identity)).AddMeter(Meters).AddReader(_reader).AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MaxSeries });
        if (TraceSender.HasCollector(configuration)) metrics.AddOtlpExporter();
        _metrics = metrics.Build();
    }

    /// <summary>The metrics as they are now.</summary>
    internal string Page()
    {
        lock (_collecting)
        {
            _reader.Collect();
            return _exporter.Page;
        }
    }

    public void Dispose()
    {
        _metrics.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }
}
