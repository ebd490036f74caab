namespace Pyrsia.Libp2p;

/// <summary>Why a peer's certificate was refused.</summary>
internal enum TlsCertificateFault
{
    None,

    /// <summary>No X.509 version 3 certificate, too long, or with one of the deprecated unique ids.</summary>
    Malformed,

    NotYetValid,

    Expired,

    /// <summary>A critical extension that is not understood here.</summary>
    CriticalExtension,

    /// <summary>The libp2p extension is missing, is there twice, or is malformed.</summary>
    NoHostKey,

    /// <summary>The certificate was not signed by its own key, or in a way that is not known here.</summary>
    SelfSignature,

    /// <summary>The host key did not sign the certificate's key.</summary>
    HostSignature,
}
