using System.CommandLine;
using Pyrsia.Authority.Keys;
using Pyrsia.Authority.Storage;
using Pyrsia.Consensus;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Operating;

/// <summary><c>pyrsia-authority restore</c>: puts what a backup holds into an empty place, with a vote key that never votes again.</summary>
internal static class RestoreCommand
{
    internal static Command Create(OptionSource source, TimeProvider time)
    {
        var (options, storage) = (new NodeCommandLine(source, "pyrsia-authority", tokens: true), new StorageCommandLine(source));
        var file = new Argument<string>("FILE") { Description = "What 'backup' has written." };
        var verify = new Option<bool>("--verify") { Description = "Check also every block, entry and signature, which takes as long as a start." };
        var command = new Command("restore", "Put a backup into an empty data directory, and into an empty schema. The authority follows, serves and builds, and does not vote: its key may have signed what the backup does not know.") { file, verify };
        options.AddTo(command);
        storage.AddTo(command);
        command.SetAction(result =>
        {
            var (values, path) = (options.Read(result), result.GetValue(file)!);
            var header = Run(path, values, storage.Read(result), result.GetValue(verify), time);
            Console.Out.WriteLine($"Restored {header.Authority} as of {header.MadeAt:u} to {values.DataDirectory}: {header.Height} blocks, {header.LogSize} entries of the log.");
            Console.Out.WriteLine("Its vote key may have signed what the backup does not know, so it follows, serves and builds, and does not vote.");
        });
        return command;
    }

    private static BackupHeader Run(string path, NodeOptions options, StorageOptions storage, bool verify, TimeProvider time)
    {
        var network = AuthorityStorage.NetworkOf(options.Network is null ? null : NodeResources.ReadNetwork(options.Network));
        try
        {
            using var reader = new BackupReader(path);
            using var entries = reader.Entries().GetEnumerator();
            if (!entries.MoveNext() || entries.Current.Name != BackupNames.Header) throw new InvalidDataException("it does not begin like a backup");
            var header = BackupHeader.Decode(entries.Current.Bytes);
            if (header.ChainId != network.Genesis.ChainId.Value.ToString()) throw new InvalidDataException($"it is of the network {header.ChainId}, not of this one");
            using var target = new RestoreTarget(options.DataDirectory, storage, network, header.Authority, time);
            var restore = new Restore(network, target, header, options.Secrets);
            while (entries.MoveNext()) restore.Take(entries.Current.Name, entries.Current.Bytes);
            restore.Finish();
            if (verify) restore.Verify();
            using (var keys = AuthorityKeys.Load(target.Path, options.Secrets))
                foreach (var vote in keys.Votes) ConsensusJournal.Retire(Path.Combine(target.Path, vote.BindingFile), vote.Signer.PublicKey.Bytes, time.GetUtcNow());
            target.Complete();
            return header;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or ConsensusDataException or ArgumentException)
        {
            throw new StartupException($"{path} was not restored: {e.Message}", "Nothing was put in place. Take another backup, or mend this and run it again.", inner: e);
        }
    }
}
