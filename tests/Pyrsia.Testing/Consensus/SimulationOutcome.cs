namespace Pyrsia.Testing.Consensus;

/// <summary>What a schedule came to.</summary>
/// <param name="Violation">The broken invariant in words; null when all held.</param>
/// <param name="Events">Deliveries, timers and faults handled.</param>
/// <param name="Restarts">Crashes with restart.</param>
/// <param name="Blocks">Length of the agreed chain.</param>
/// <param name="Forked">Whether two honest participants finalized different blocks (only looked for beyond f).</param>
/// <param name="Culprits">How many keys the certificates of the two sides of a fork prove guilty.</param>
/// <param name="Epochs">How many epochs ended.</param>
internal readonly record struct SimulationOutcome(string? Violation, int Events, int Restarts, int Blocks, bool Forked, int Culprits, int Epochs);
