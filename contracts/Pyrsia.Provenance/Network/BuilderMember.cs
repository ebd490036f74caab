using Pyrsia.Provenance.Attestations;

namespace Pyrsia.Provenance.Network;

/// <summary>A named builder: its results count as one vote of its organisation.</summary>
/// <param name="Name">Its name, unique in the network.</param>
/// <param name="Organisation">Who runs it.</param>
/// <param name="Key">The key that signs its attestations.</param>
public sealed record BuilderMember(string Name, string Organisation, P256PublicKey Key);
