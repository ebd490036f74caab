namespace Pyrsia.Consensus;

/// <summary>The vote keys of the epoch's set.</summary>
public interface IVerifier
{
    /// <summary>Whether <paramref name="signature"/> (64 bytes) is that of participant <paramref name="signer"/> over <paramref name="message"/>.</summary>
    bool Verify(int signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);
}
