namespace Pyrsia.Consensus;

/// <summary>One participant's place in one epoch.</summary>
public sealed record ConsensusParameters
{
    /// <summary>SHA-256 of the canonical genesis document; part of every signed vote.</summary>
    public required Hash256 ChainId { get; init; }

    /// <summary>The epoch.</summary>
    public required Epoch Epoch { get; init; }

    /// <summary>Size of the set, n: 1 to <see cref="ConsensusLimits.MaxParticipants"/>; tolerates faults from 4 on.</summary>
    public required int Participants { get; init; }

    /// <summary>Own index in the set; of an observer the size of the set or more.</summary>
    public required int Self { get; init; }

    /// <summary>How many others are heard and answered beside the set: who has left it, and follows. They have the indices after the set's.</summary>
    public int Observers { get; init; }

    /// <summary>Everybody that messages come from: the set, then the observers.</summary>
    public int Peers => Participants + Observers;

    /// <summary>Turns the order of leaders, so that an epoch does not always begin with the same one.</summary>
    public int LeaderOffset { get; init; }

    /// <summary>Time constants.</summary>
    public ConsensusTiming Timing { get; init; } = new();

    /// <summary>f: how many participants may be faulty.</summary>
    public int Faults => FaultsOf(Participants);

    /// <summary>q = n - f: how many votes make a certificate.</summary>
    public int Quorum => QuorumOf(Participants);

    /// <summary>The participant that may propose in <paramref name="view"/>.</summary>
    public int LeaderOf(View view) => (int)((view.Number + (ulong)LeaderOffset) % (ulong)Participants);

    /// <summary>floor((n - 1) / 3).</summary>
    public static int FaultsOf(int participants) => (participants - 1) / 3;

    /// <summary>n - f. 2f + 1 is not enough when n is not 3f + 1: two such quorums may meet in f keys only.</summary>
    public static int QuorumOf(int participants) => participants - FaultsOf(participants);
}
