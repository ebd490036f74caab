using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Pyrsia.Node.Telemetry;

/// <summary>Turns what the metrics reader has collected into a page.</summary>
internal sealed class PrometheusExporter : BaseExporter<Metric>
{
    /// <summary>The page of the newest collection.</summary>
    internal string Page { get; private set; } = "";

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var text = new StringBuilder();
        foreach (var metric in batch) PrometheusText.Write(text, metric);
        Page = text.ToString();
        return ExportResult.Success;
    }
}
