namespace Pyrsia.Consensus;

/// <summary>A body that is asked for, from one participant after the other.</summary>
internal sealed class WantedBlock(View view, int source)
{
    private int _source = source;

    public View View { get; } = view;

    public long NextRequest { get; set; }

    public int NextSource(int participants, int self) => Sources.Next(ref _source, participants, self);
}
