namespace Pyrsia.Libp2p;

/// <summary>How often this host dials for others: decides, and touches neither network nor clock. Not thread-safe. Counts begin anew each minute.</summary>
/// <param name="options">Has the limits.</param>
internal sealed class DialBudget(AutoNatOptions options)
{
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
        if (pending >= options.MaxPending || dials >= options.MaxDials || own >= options.MaxDialsPerMachine || (foreign && foreignDials >= options.MaxForeignDials)) return false;
        dials++;
        pending++;
        if (foreign) foreignDials++;
        perNetwork[network] = own + 1;
        return true;
    }

    /// <summary>A request is done.</summary>
    public void Leave() => pending--;
}
