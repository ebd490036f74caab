namespace Pyrsia.Fuzz;

/// <summary>A decoder under test.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Corpus">Makes the valid encodings that inputs are mutated from.</param>
/// <param name="Check">Decodes an input. Whatever it throws is a finding: documented exceptions are caught in here.</param>
internal sealed record FuzzTarget(string Name, Func<IReadOnlyList<byte[]>> Corpus, Action<byte[]> Check);
