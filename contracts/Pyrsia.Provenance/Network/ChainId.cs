using Pyrsia.Contracts;

namespace Pyrsia.Provenance.Network;

/// <summary>Which network this is: SHA-256 of the canonical genesis document. Every signed thing is bound to it.</summary>
public readonly record struct ChainId(Digest Value)
{
    /// <summary>The 64 hexadecimal digits.</summary>
    public override string ToString() => Value.Hex;
}
