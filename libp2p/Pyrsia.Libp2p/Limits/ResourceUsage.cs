namespace Pyrsia.Libp2p;

/// <summary>What is taken of one resource of a host, and how often it was refused since the host began.</summary>
/// <param name="Kind">The resource.</param>
/// <param name="Used">What is taken now: a count, or bytes for <see cref="ResourceKind.WindowBytes"/> and <see cref="ResourceKind.ProtocolBytes"/>.</param>
/// <param name="Refused">Refusals by limits of the host, of a peer, a network or a protocol. A window that did not grow counts as one.</param>
public sealed record ResourceUsage(ResourceKind Kind, long Used, long Refused);
