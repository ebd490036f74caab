namespace Pyrsia.Authority.Cluster;

/// <summary>The place in the epoch that runs, for everybody in the process who asks.</summary>
internal sealed class Sitting(EpochPlace first)
{
    private volatile EpochPlace _place = first;

    internal EpochPlace Place => _place;

    internal void Begin(EpochPlace place) => _place = place;
}
