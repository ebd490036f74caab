using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary>One simulated network.</summary>
internal sealed record DhtSimulationOptions
{
    /// <summary>Peers, liars included.</summary>
    public int Nodes { get; init; } = 10_000;

    public ulong Seed { get; init; } = 1;

    /// <summary>Share of the peers that are liars of one owner.</summary>
    public double Sybils { get; init; } = 0.2;

    /// <summary>Networks of 16 bits that the liars have.</summary>
    public int SybilPrefixes { get; init; } = 4;

    /// <summary>Keys that the liars surround with ids they chose for that.</summary>
    public int AttackedKeys { get; init; } = 10;

    /// <summary>Keys that nobody attacks.</summary>
    public int Keys { get; init; } = 1_000;

    /// <summary>Share of the honest peers that leaves in an hour, each replaced by a new one.</summary>
    public double ChurnPerHour { get; init; } = 0.3;

    /// <summary>Time that the peers take to join, before anything is measured.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time that is measured.</summary>
    public TimeSpan Measured { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Lookups that are measured, spread over the time; as many go to the attacked keys in sum.</summary>
    public int Lookups { get; init; } = 5_000;

    /// <summary>Parameters of the members.</summary>
    public KadOptions Kad { get; init; } = new();
}
