namespace Pyrsia.Libp2p;

/// <summary>One unit that is wanted in a scope, and how many that scope may hold.</summary>
internal readonly record struct ResourceClaim(ResourceScope Scope, long Limit);
