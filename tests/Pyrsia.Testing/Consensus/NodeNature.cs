namespace Pyrsia.Testing.Consensus;

internal enum NodeNature
{
    Honest,

    /// <summary>One of two honest copies with the same key, each heard by a part of the others.</summary>
    Twin,

    /// <summary>Signs what suits it.</summary>
    Liar,
}
