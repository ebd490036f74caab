using Pyrsia.Consensus;

namespace Pyrsia.Testing.Consensus;

/// <summary>One running copy of a participant: the production core, its disk, and whether the power is on.</summary>
internal sealed class SimulatedNode(int index, int participant, NodeNature nature)
{
    public int Index { get; } = index;

    public int Participant { get; } = participant;

    public NodeNature Nature { get; } = nature;

    public bool IsHonest => Nature == NodeNature.Honest;

    public ConsensusState? State { get; set; }

    /// <summary>Which life this is; timers of an earlier one never fire.</summary>
    public int Life { get; set; }

    public bool IsUp => State is not null;

    /// <summary>Synced journal records, encoded.</summary>
    public List<(JournalRecordKind Kind, byte[] Payload)> Journal { get; } = [];

    /// <summary>The finalized store.</summary>
    public List<(FinalizedBlock Block, IApplicationState State)> Finalized { get; } = [];

    public HashSet<ulong> Payloads { get; } = [];

    public int ClockSkewMs { get; set; }

    public ModelLedger Ledger { get; set; } = new();

    /// <summary>Whether the journal is to be replaced once everything of this turn is stored.</summary>
    public bool NeedsCompaction { get; set; }

    /// <summary>The epoch has ended, and the next one is to be begun.</summary>
    public bool HasEnded { get; set; }

    /// <summary>The epoch that it is in.</summary>
    public ulong Epoch { get; set; }
}
