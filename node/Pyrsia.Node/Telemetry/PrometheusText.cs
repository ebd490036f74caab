using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace Pyrsia.Node.Telemetry;

/// <summary>Metrics in the text form that Prometheus reads.</summary>
/// <seealso href="https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"/>
internal static class PrometheusText
{
    /// <summary>The form's media type.</summary>
    internal const string MediaType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes one family: its name and meaning, then a line a point.</summary>
    internal static void Write(StringBuilder text, Metric metric)
    {
        var kind = metric.MetricType switch
        {
            MetricType.LongSum or MetricType.DoubleSum => "counter",
            MetricType.Histogram => "histogram",
            MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
            _ => null,
        };
        if (kind is null) return;
        var name = NameOf(metric.Name, metric.Unit, kind == "counter");
        if (metric.Description.Length > 0) text.Append("# HELP ").Append(name).Append(' ').Append(metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            if (kind == "histogram") WriteHistogram(text, name, point);
            else Line(text, name, point, null, ValueOf(metric.MetricType, point));
        }
    }

    /// <summary>A family's name: words joined by underscores, the unit at its end, and <c>_total</c> after a counter's.</summary>
    internal static string NameOf(string name, string? unit, bool isCounter)
    {
        var word = unit switch
        {
            "By" => "bytes",
            "s" => "seconds",
            _ => null,
        };
        var text = new StringBuilder(name.Length + 16);
        foreach (var c in name) text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        if (word is not null && !name.EndsWith(word, StringComparison.Ordinal)) text.Append('_').Append(word);
        if (isCounter) text.Append("_total");
        return text.ToString();
    }

    private static double ValueOf(MetricType type, in MetricPoint point) => type switch
    {
        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        _ => point.GetGaugeLastValueDouble(),
    };

    private static void WriteHistogram(StringBuilder text, string name, in MetricPoint point)
    {
        long below = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            Line(text, $"{name}_bucket", point, double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound), below);
        }
        Line(text, $"{name}_sum", point, null, point.GetHistogramSum());
        Line(text, $"{name}_count", point, null, point.GetHistogramCount());
    }

    private static void Line(StringBuilder text, string name, in MetricPoint point, string? upTo, double value)
    {
        text.Append(name);
        var separator = '{';
        foreach (var tag in point.Tags)
        {
            text.Append(separator).Append(NameOf(tag.Key, null, false)).Append("=\"").Append(Escaped(Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "")).Append('"');
            separator = ',';
        }
        if (upTo is not null)
        {
            text.Append(separator).Append("le=\"").Append(upTo).Append('"');
            separator = ',';
        }
        if (separator == ',') text.Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
