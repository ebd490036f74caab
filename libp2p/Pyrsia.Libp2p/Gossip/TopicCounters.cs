namespace Pyrsia.Libp2p;

/// <summary>What one peer did in one topic, P1 to P4.</summary>
internal sealed class TopicCounters
{
    private long graftedAt;
    private double meshTime;
    private bool isExpectedToDeliver;
    private double meshFailure;

    public bool InMesh { get; private set; }

    public double FirstDeliveries { get; set; }

    public double MeshDeliveries { get; set; }

    public double Invalid { get; set; }

    public void EnterMesh(long now)
    {
        (InMesh, graftedAt, meshTime, isExpectedToDeliver) = (true, now, 0, false);
    }

    /// <summary>What it failed to deliver is kept when it leaves: being pruned or going away does not wash it off.</summary>
    public void LeaveMesh(GossipTopicScoreOptions options)
    {
        if (InMesh) meshFailure += SquaredDeficit(options);
        (InMesh, isExpectedToDeliver) = (false, false);
    }

    public double Score(GossipTopicScoreOptions options)
    {
        var time = InMesh ? Math.Min(options.TimeInMeshCap, meshTime / options.TimeInMeshQuantum.TotalMilliseconds) : 0;
        return options.Weight * (
            (options.TimeInMeshWeight * time)
            + (options.FirstDeliveriesWeight * FirstDeliveries)
            + (options.MeshDeliveriesWeight * SquaredDeficit(options))
            + (options.MeshFailureWeight * meshFailure)
            + (options.InvalidWeight * Invalid * Invalid));
    }

    public void Decay(GossipTopicScoreOptions options, double toZero, long now)
    {
        FirstDeliveries = Decayed(FirstDeliveries, options.FirstDeliveriesDecay, toZero);
        MeshDeliveries = Decayed(MeshDeliveries, options.MeshDeliveriesDecay, toZero);
        meshFailure = Decayed(meshFailure, options.MeshFailureDecay, toZero);
        Invalid = Decayed(Invalid, options.InvalidDecay, toZero);
        if (!InMesh) return;
        meshTime = now - graftedAt;
        isExpectedToDeliver |= meshTime > options.MeshDeliveriesActivation.TotalMilliseconds;
    }

    private static double Decayed(double counter, double decay, double toZero) => counter * decay < toZero ? 0 : counter * decay;

    private double SquaredDeficit(GossipTopicScoreOptions options)
    {
        if (!isExpectedToDeliver || MeshDeliveries >= options.MeshDeliveriesThreshold) return 0;
        var deficit = options.MeshDeliveriesThreshold - MeshDeliveries;
        return deficit * deficit;
    }
}
