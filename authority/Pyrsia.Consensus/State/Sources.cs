namespace Pyrsia.Consensus;

/// <summary>Whom to ask next: everybody else in turn, so that no silent participant can keep something back.</summary>
internal static class Sources
{
    public static int Next(ref int source, int participants, int self)
    {
        if (source == self) source = (source + 1) % participants;
        var current = source;
        source = (source + 1) % participants;
        return current;
    }
}
