namespace Pyrsia.Libp2p;

/// <summary>How often this host dials for others: decides, and touches neither network nor clock. Not thread-safe. Counts begin anew each minute.</summary>
internal sealed class DialBudget
{
    /// <summary>Dials a minute in sum: one a second costs a handshake's work and no socket that another part would miss.</summary>
    public const int MaxDials = 60;

    /// <summary>Dials a minute for one machine (see <see cref="PrefixScale.Machine"/>): a host with several addresses asks for each.</summary>
    public const int MaxDialsPerNetwork = 12;

    /// <summary>Dials a minute to another address than the asker's, each with up to <see cref="DialChoice.MaxDialData"/> bytes before it.</summary>
    public const int MaxForeignDials = 12;

    /// <summary>Requests under way at once; each may hold a dial for its time-out.</summary>
    public const int MaxPending = 16;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<NetworkPrefix, int> perNetwork = [];
    private DateTimeOffset until;
    private int dials;
    private int foreignDials;
    private int pending;

    /// <summary>Takes from the budget; false when it is used up. <see cref="Leave"/> must follow when true.</summary>
    public bool TryEnter(NetworkPrefix network, bool foreign, DateTimeOffset now)
    {
        if (now >= until)
        {
            (dials, foreignDials, until) = (0, 0, now + Window);
            perNetwork.Clear();
        }
        var own = perNetwork.GetValueOrDefault(network);
        if (pending >= MaxPending || dials >= MaxDials || own >= MaxDialsPerNetwork || (foreign && foreignDials >= MaxForeignDials)) return false;
        dials++;
        pending++;
        if (foreign) foreignDials++;
        perNetwork[network] = own + 1;
        return true;
    }

    /// <summary>A request is done.</summary>
    public void Leave() => pending--;
}
