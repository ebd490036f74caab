using System.Globalization;

namespace Pyrsia.Fuzz;

/// <summary>An input that made a decoder break its word.</summary>
internal sealed record Finding(string Target, int Seed, byte[] Input, string Reason)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Target}: {Reason}\n  seed {Seed}, {Input.Length} bytes\n  hex {Convert.ToHexStringLower(Input)}\n  base64 {Convert.ToBase64String(Input)}");
}

/// <summary>How a run went.</summary>
internal sealed record FuzzResult(string Target, long Executions, TimeSpan Elapsed, Finding? Finding)
{
    public double PerSecond => Executions / Math.Max(Elapsed.TotalSeconds, 1e-9);
}
