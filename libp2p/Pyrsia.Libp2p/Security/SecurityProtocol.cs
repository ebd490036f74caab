namespace Pyrsia.Libp2p;

/// <summary>A way to make a raw connection authenticated and encrypted.</summary>
public enum SecurityProtocol
{
    /// <summary>Noise XX, <c>/noise</c>.</summary>
    Noise,

    /// <summary>TLS 1.3, <c>/tls/1.0.0</c>.</summary>
    Tls,
}
