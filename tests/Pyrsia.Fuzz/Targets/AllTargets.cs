namespace Pyrsia.Fuzz.Targets;

/// <summary>Every decoder that is fuzzed.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
        [.. Libp2pFormatTargets.List, .. Libp2pMessageTargets.List, .. Libp2pConnectionTargets.List, .. ConsensusTargets.List, .. NoteTargets.List, .. DocumentTargets.List, .. NodeTargets.List, .. BuildTargets.List];

    /// <summary>One of them by its name; the two that are wrong on purpose have names too, and are in no list.</summary>
    public static FuzzTarget? Find(string name) => List.Append(Canary.Target).Append(Canary.Maze).FirstOrDefault(target => target.Name == name);
}
