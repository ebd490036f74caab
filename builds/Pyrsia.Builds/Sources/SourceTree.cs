namespace Pyrsia.Builds.Sources;

/// <summary>Source on this machine, checked: a tree whose links stay inside.</summary>
/// <param name="Directory">The whole tree.</param>
/// <param name="TimeSeconds">The commit's time in seconds since 1970.</param>
public sealed record SourceTree(string Directory, long TimeSeconds);
