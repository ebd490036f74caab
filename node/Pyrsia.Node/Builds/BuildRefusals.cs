namespace Pyrsia.Node.Builds;

/// <summary>The words that authorities use for refusals that a node is to tell apart.</summary>
internal static class BuildRefusals
{
    private static readonly Dictionary<BuildRefusal, string> Words = new()
    {
        [BuildRefusal.TooMany] = "too-many",
        [BuildRefusal.NotAllowed] = "not-allowed",
        [BuildRefusal.NotTheAsker] = "not-the-asker",
        [BuildRefusal.Decided] = "decided",
        [BuildRefusal.Unknown] = "unknown",
    };

    /// <summary>The word for a refusal; null for one that has none.</summary>
    internal static string? ToWord(BuildRefusal refusal) => Words.GetValueOrDefault(refusal);

    /// <summary>The refusal of a word; of a word that is not known, that the request is invalid.</summary>
    internal static BuildRefusal Parse(string? word) => Words.FirstOrDefault(pair => pair.Value == word) is { Value: not null, Key: var refusal } ? refusal : BuildRefusal.Invalid;
}
