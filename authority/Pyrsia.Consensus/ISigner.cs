namespace Pyrsia.Consensus;

/// <summary>The vote key of this authority. Signing the same bytes twice gives the same signature.</summary>
public interface ISigner
{
    /// <summary>Signs <paramref name="message"/> into <paramref name="signature"/> (64 bytes).</summary>
    void Sign(ReadOnlySpan<byte> message, Span<byte> signature);
}
