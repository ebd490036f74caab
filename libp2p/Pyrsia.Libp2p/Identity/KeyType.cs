namespace Pyrsia.Libp2p;

/// <summary>Key types of the libp2p key protobuf.</summary>
public enum KeyType
{
    /// <summary>RSA, PKIX DER.</summary>
    Rsa = 0,

    /// <summary>Ed25519, 32 raw bytes.</summary>
    Ed25519 = 1,

    /// <summary>secp256k1, 33 bytes compressed.</summary>
    Secp256k1 = 2,

    /// <summary>ECDSA, PKIX DER.</summary>
    Ecdsa = 3,
}
