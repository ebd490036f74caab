using Pyrsia.Curve25519;

namespace Pyrsia.Libp2p;

/// <summary>Noise_XX_25519_ChaChaPoly_SHA256 with an empty prologue, as a value: messages in, messages out.
/// <code>
///   -> e                     initiator's ephemeral
///   &lt;- e, ee, s, es          responder's ephemeral and encrypted static
///   -> s, se                 initiator's encrypted static
/// </code>
/// https://noiseprotocol.org/noise.html#handshake-patterns</summary>
internal sealed class NoiseHandshake : IDisposable
{
    private const string Name = "Noise_XX_25519_ChaChaPoly_SHA256";
    private const int KeyLength = X25519PrivateKey.Length;
    private readonly NoiseSymmetricState state = new(Name);
    private readonly bool initiator;
    private readonly X25519PrivateKey statics;
    private readonly X25519PrivateKey ephemeral;
    private byte[] remoteEphemeral = [];
    private int message;

    /// <summary>The ephemeral key is handed in so that vectors can be replayed; the handshake owns and disposes it, not the static one.</summary>
    public NoiseHandshake(bool initiator, X25519PrivateKey statics, X25519PrivateKey ephemeral, ReadOnlySpan<byte> prologue = default)
    {
        this.initiator = initiator;
        this.statics = statics;
        this.ephemeral = ephemeral;
        state.MixHash(prologue);
    }

    /// <summary>The peer's static key once it was received.</summary>
    public ReadOnlyMemory<byte> RemoteStatic { get; private set; }

    public ReadOnlySpan<byte> HandshakeHash => state.HandshakeHash;

    public bool IsFinished => message == 3;

    /// <summary>True when the next message is ours to write.</summary>
    public bool IsOurTurn => !IsFinished && (message % 2 == 0) == initiator;

    /// <summary>Writes the next message around <paramref name="payload"/>.</summary>
    public byte[] Write(ReadOnlySpan<byte> payload)
    {
        if (!IsOurTurn) throw new InvalidOperationException("It is not this side's turn.");
        var parts = new List<byte>();
        if (message < 2)
        {
            parts.AddRange(ephemeral.PublicKey);
            state.MixHash(ephemeral.PublicKey);
        }
        if (message == 1 && !TryMix(ephemeral, remoteEphemeral)) throw new HandshakeException("The peer sent a weak ephemeral key.");
        if (message > 0)
        {
            parts.AddRange(state.EncryptAndHash(statics.PublicKey));
            if (!TryMix(statics, remoteEphemeral)) throw new HandshakeException("The peer sent a weak ephemeral key.");
        }
        parts.AddRange(state.EncryptAndHash(payload));
        message++;
        return [.. parts];
    }

    /// <summary>Reads the peer's next message; false when it is short, was tampered with or carries a weak key. The handshake is over then.</summary>
    public bool TryRead(ReadOnlySpan<byte> source, out byte[] payload)
    {
        payload = [];
        if (IsOurTurn || IsFinished) return false;
        if (message < 2)
        {
            if (source.Length < KeyLength) return false;
            remoteEphemeral = source[..KeyLength].ToArray();
            state.MixHash(remoteEphemeral);
            source = source[KeyLength..];
        }
        if (message == 1 && !TryMix(ephemeral, remoteEphemeral)) return false;
        if (message > 0)
        {
            const int Encrypted = KeyLength + NoiseCipher.TagLength;
            if (source.Length < Encrypted || !state.TryDecryptAndHash(source[..Encrypted], out var key)) return false;
            RemoteStatic = key;
            if (!TryMix(ephemeral, key)) return false;
            source = source[Encrypted..];
        }
        if (!state.TryDecryptAndHash(source, out payload)) return false;
        message++;
        return true;
    }

    /// <summary>Transport ciphers after the third message.</summary>
    public (NoiseCipher Send, NoiseCipher Receive) Split()
    {
        if (!IsFinished) throw new InvalidOperationException("The handshake is not finished.");
        var (toResponder, toInitiator) = state.Split();
        return initiator ? (toResponder, toInitiator) : (toInitiator, toResponder);
    }

    public void Dispose()
    {
        state.Dispose();
        ephemeral.Dispose();
    }

    private bool TryMix(X25519PrivateKey ours, ReadOnlySpan<byte> theirs)
    {
        Span<byte> secret = stackalloc byte[KeyLength];
        if (!ours.TryDeriveSharedSecret(theirs, secret)) return false;
        state.MixKey(secret);
        return true;
    }
}
