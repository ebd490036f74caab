using System.Globalization;

namespace Pyrsia.Simulation.Dht;

/// <summary>What became of the lookups of one kind.</summary>
internal sealed class DhtReport
{
    private readonly List<int> hops = [];
    private readonly List<int> messages = [];
    private readonly List<double> seconds = [];

    public int Lookups { get; private set; }

    public int Found => hops.Count;

    public double FoundShare => (double)Found / Math.Max(1, Lookups);

    public double MeanHops => hops.Average();

    public double MeanMessages => messages.Average();

    public void Miss() => Lookups++;

    public void Hit(int depth, int asked, TimeSpan took)
    {
        Lookups++;
        hops.Add(depth);
        messages.Add(asked);
        seconds.Add(took.TotalSeconds);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Lookups} lookups, {FoundShare:P2} found")
        + (Found == 0 ? "" : $"; hops {Spread(hops.Select(h => (double)h))}; messages {Spread(messages.Select(m => (double)m))}; seconds {Spread(seconds)}");

    private static string Spread(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{sorted.Average():F2} (median {sorted[sorted.Length / 2]:F1}, p99 {sorted[(int)(sorted.Length * 0.99)]:F1}, most {sorted[^1]:F1})");
    }
}
