using Pyrsia.Authority.Builds;
using Pyrsia.Authority.Cluster;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Storage;
using Pyrsia.Authority.Storage.Postgres;
using Pyrsia.Authority.Workers;
using Pyrsia.Libp2p;
using Pyrsia.Node.Hosting;
using Pyrsia.Provenance.Network;

namespace Pyrsia.Authority.Operating;

/// <summary>Takes the steps of a start one by one, none of which writes, and goes on after one that fails where the next does not need it.</summary>
internal sealed class ConfigCheck(TimeProvider time)
{
    private readonly List<string> _notes = [];
    private readonly List<StartupException> _faults = [];

    /// <summary>What a person should know although a start would succeed.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>What would keep it from starting.</summary>
    internal IReadOnlyList<StartupException> Faults => _faults;

    /// <summary>Looks at everything.</summary>
    /// <param name="readOptions">Gives the options that node and authority share.</param>
    /// <param name="readStorage">Gives those of the storage.</param>
    /// <param name="readBuilder">Gives those of the builder, for a data directory.</param>
    internal void Look(Func<NodeOptions> readOptions, Func<StorageOptions> readStorage, Func<string, BuilderOptions> readBuilder)
    {
        var options = Try(readOptions);
        var storage = Try(readStorage);
        if (Try(() => readBuilder(options?.DataDirectory ?? "")) is { Queue: true } && storage is { ConnectionString: null }) _faults.Add(BuilderOptions.QueueWithoutDatabase());
        if (options is null) return;
        var network = CheckNode(options);
        using var keys = Try(() => AuthorityKeys.Load(options.DataDirectory, options.Secrets));
        if (network is null || keys is null) return;
        var place = Try(() => AuthorityPlace.Find(network.Genesis, keys));
        if (place is null || storage is null) return;
        _notes.Add($"authority {place.Member.Name} of {place.Member.Organisation}, log {network.Genesis.Origin}, {network.Genesis.Authorities.Length} authorities of which {network.Genesis.Quorum} are a quorum");
        if (place.Builder is null) _notes.Add("The network file names no builder with its builder key: it will vote, and build nothing.");
        CheckStored(options, storage, network, place);
    }

    /// <summary>Looks at everything that a build worker starts with.</summary>
    /// <param name="readOptions">Gives the options that node and worker share.</param>
    /// <param name="readStorage">Gives those of the storage.</param>
    /// <param name="readBuilder">Gives those of the builder, for a data directory.</param>
    internal void LookAtWorker(Func<NodeOptions> readOptions, Func<StorageOptions> readStorage, Func<string, BuilderOptions> readBuilder)
    {
        var options = Try(readOptions);
        var (storage, builder) = (Try(readStorage), Try(() => readBuilder(options?.DataDirectory ?? "")));
        if (options is not null) CheckNode(options);
        if (storage is null || builder is null || Try(() => WorkerProcess.CheckOptions(storage, builder)) is not { } connection) return;
        using var database = new PostgresDatabase(connection, time);
        Try(() =>
        {
            PostgresSetup.CheckForWorker(database);
            return connection;
        });
    }

    private NetworkFile? CheckNode(NodeOptions options)
    {
        _faults.AddRange(NodeCommandLine.FaultsOf(options));
        CheckAddresses("--listen", options.Listen);
        CheckAddresses("--peer", options.Peers);
        var network = Try(() => AuthorityStorage.NetworkOf(options.Network is null ? null : NodeResources.ReadNetwork(options.Network)));
        if (options.SwarmKey is { } swarmKey) Try(() => NodeResources.ReadSwarmKey(swarmKey));
        CheckUpstreams(options, network);
        return network;
    }

    private void CheckAddresses(string option, IReadOnlyList<string> addresses)
    {
        foreach (var address in addresses.Where(text => !Multiaddr.TryParse(text, out _)))
            _faults.Add(new StartupException($"{option}: '{address}' is no multiaddr.", "Write /ip4/192.0.2.1/tcp/44000, for example.", isUsage: true));
    }

    private void CheckUpstreams(NodeOptions options, NetworkFile? network) => Try(() =>
    {
        var (registries, maven) = NodeResources.OpenUpstreams(options, network);
        registries.Dispose();
        (maven as IDisposable)?.Dispose();
        return "";
    });

    private void CheckStored(NodeOptions options, StorageOptions storage, NetworkFile network, AuthorityPlace place)
    {
        var (isNew, isRunning) = DataDirectory.Look(options.DataDirectory);
        if (isRunning)
        {
            _notes.Add("The data directory is in use, so the authority runs: what it has stored was not looked at.");
            return;
        }
        if (storage.ConnectionString is { } connection)
        {
            using var database = Try(() => AuthorityDatabase.OpenForReading(connection, network.Genesis, place.Member.Name, time));
            if (database is null) return;
            isNew |= !database.IsBegun;
        }
        if (isNew) _notes.Add("It was never started on this storage: the first start begins it.");
        else if (Try(() => StoppedAuthority.Open(options, storage, time)) is { } stopped)
        {
            using (stopped)
            {
                _notes.Add($"{stopped.Storage}: {stopped.Blocks?.Height ?? 0} blocks, {stopped.Log.Size} entries in the log");
                if (stopped.NotVotingBecause is { } refusal) _notes.Add($"It will not vote: {refusal}");
            }
        }
    }

    private T? Try<T>(Func<T> step)
        where T : class
    {
        try
        {
            return step();
        }
        catch (StartupException fault)
        {
            _faults.Add(fault);
            return null;
        }
    }
}
