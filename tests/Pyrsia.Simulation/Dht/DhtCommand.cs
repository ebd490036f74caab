using System.Globalization;
using Pyrsia.Libp2p;

namespace Pyrsia.Simulation.Dht;

/// <summary><c>Pyrsia.Simulation --dht N [--seed S] [--churn 0.3] [--sybils 0.2] [--attacked 10] [--hours 4] [--undefended]</c>: exit 0 when 99 % of the lookups of both kinds were found, else 1.</summary>
internal static class DhtCommand
{
    private const double Bound = 0.99;

    public static int Run(string[] args, TextWriter output, TimeProvider time)
    {
        var options = new DhtSimulationOptions
        {
            Nodes = (int)Number(args, "--dht", 10_000),
            Seed = (ulong)Number(args, "--seed", 1),
            ChurnPerHour = Number(args, "--churn", 0.3),
            Sybils = Number(args, "--sybils", 0.2),
            AttackedKeys = (int)Number(args, "--attacked", 10),
            Measured = TimeSpan.FromHours(Number(args, "--hours", 4)),
            Kad = args.Contains("--undefended") ? Undefended : new KadOptions(),
        };
        var start = time.GetTimestamp();
        var simulation = DhtSimulation.Run(options);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"n={options.Nodes} log2(n)={Math.Log2(options.Nodes):F1} seed={options.Seed} churn/h={options.ChurnPerHour:P0} sybils={options.Sybils:P0} hours={options.Measured.TotalHours} left={simulation.Left}"));
        output.WriteLine($"ordinary keys: {simulation.Ordinary}");
        output.WriteLine($"attacked keys: {simulation.Attacked}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"tables: {simulation.Tables.Size:F0} peers, {simulation.Tables.Sybils:P1} of them liars; {simulation.Messages:N0} messages in {time.GetElapsedTime(start).TotalSeconds:F0} s"));
        return simulation.Ordinary.FoundShare >= Bound && (options.Sybils == 0 || simulation.Attacked.FoundShare >= Bound) ? 0 : 1;
    }

    /// <summary>Plain Kademlia: one path, and networks do not count.</summary>
    internal static KadOptions Undefended { get; } = new() { DisjointPaths = 1, MaxPerPrefix = 20 };

    private static double Number(string[] args, string name, double otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at < 0 || at + 1 >= args.Length ? otherwise : double.Parse(args[at + 1], CultureInfo.InvariantCulture);
    }
}
