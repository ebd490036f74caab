using System.Text.Json.Serialization;

namespace Pyrsia.Benchmarks;

/// <summary>One figure, with the peer that was measured in the same run beside it.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Unit">In what unit.</param>
/// <param name="Ours">Our figure: the median of the runs.</param>
/// <param name="Peer">Who was measured beside it; null for a figure without a peer.</param>
/// <param name="Theirs">The peer's figure: the median of its runs.</param>
internal sealed record Measurement(
    [property: JsonPropertyName("what")] string What,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("ours")] double Ours,
    [property: JsonPropertyName("peer")] string? Peer = null,
    [property: JsonPropertyName("theirs")] double? Theirs = null)
{
    /// <summary>Our figure over the peer's.</summary>
    [JsonPropertyName("ratio")]
    public double? Ratio => Theirs is > 0 ? Ours / Theirs : null;

    /// <summary>The median of some runs.</summary>
    internal static double Median(IEnumerable<double> runs)
    {
        double[] sorted = [.. runs.Order()];
        return sorted[sorted.Length / 2];
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(List<Measurement>))]
internal sealed partial class BenchmarkJsonContext : JsonSerializerContext;
