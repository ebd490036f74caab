namespace Pyrsia.Content.Exchange;

/// <summary>Neighbouring chunks that are asked for together.</summary>
/// <param name="First">Index of the first.</param>
/// <param name="Count">How many, from 1 to <see cref="ExchangeOptions.MaxRun"/>.</param>
public readonly record struct ChunkRun(int First, int Count);
