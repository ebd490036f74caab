namespace Pyrsia.Fuzz.Targets;

/// <summary>Every decoder that is fuzzed.</summary>
internal static class AllTargets
{
    public static IReadOnlyList<FuzzTarget> List { get; } =
        [.. Libp2pFormatTargets.List, .. Libp2pMessageTargets.List, .. Libp2pConnectionTargets.List, .. ConsensusTargets.List, .. NoteTargets.List, .. DocumentTargets.List, .. NodeTargets.List, .. BuildTargets.List];

    public static FuzzTarget? Find(string name) => List.FirstOrDefault(target => target.Name == name);
}
