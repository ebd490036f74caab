namespace Pyrsia.Consensus;

/// <summary>What a journal is, apart from its records.</summary>
/// <param name="Id">What the vote key is bound to.</param>
/// <param name="Owner">The SHA-256 of the vote key.</param>
/// <param name="Epoch">The epoch that it is for.</param>
/// <param name="Floor">The height that was final when its oldest record was written.</param>
public sealed record JournalHeader(Guid Id, Hash256 Owner, Epoch Epoch, ulong Floor);
