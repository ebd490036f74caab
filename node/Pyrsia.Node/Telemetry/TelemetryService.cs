using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Pyrsia.Node.Telemetry;

/// <summary>
/// Collects the metrics of this process for <c>/metrics</c>, and sends metrics and traces on by OTLP where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names a
/// collector. What is measured is documented in docs/operating/metrics.md.
/// </summary>
internal sealed class TelemetryService : IDisposable
{
    /// <summary>
    /// Most combinations of labels that one metric keeps apart; what is beyond counts together, under <c>otel_metric_overflow</c>. Memory for as many is taken for each metric at
    /// once, some 160 bytes each; requests by route, method and status have the most.
    /// </summary>
    internal const int MaxSeries = 256;

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Own meters and sources, and those that the platform and its libraries bring.</summary>
    private static readonly string[] Meters = ["Pyrsia.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql"];

    private static readonly string[] Sources = ["Pyrsia.*", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    private readonly Lock _collecting = new();
    private readonly PrometheusExporter _exporter = new();
    private readonly INodeMeter[] _meters;
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _metrics;
    private readonly TracerProvider? _traces;

    public TelemetryService(NodeIdentityName identity, IConfiguration configuration, IEnumerable<INodeMeter> meters)
    {
        _meters = [.. meters];
        var resource = ResourceBuilder.CreateDefault().AddService(identity.Program, serviceVersion: identity.Version, serviceInstanceId: identity.PeerId);
        var sends = configuration[EndpointVariable] is { Length: > 0 };
        _reader = new BaseExportingMetricReader(_exporter);
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddReader(_reader).AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MaxSeries });
        if (sends) metrics.AddOtlpExporter();
        _metrics = metrics.Build();
        if (sends) _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter().Build();
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
        _traces?.Dispose();
        _metrics.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }
}
