using System.Diagnostics;

namespace Pyrsia.Benchmarks.Peers;

/// <summary>A process that the measurement talks to; its first line says where.</summary>
internal sealed class ChildPeer : IDisposable
{
    private readonly Process _process;

    private ChildPeer(Process process, string address) => (_process, Address) = (process, address);

    /// <summary>What it said first.</summary>
    internal string Address { get; }

    /// <summary>CPU time that it has used.</summary>
    internal TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    internal int Pid => _process.Id;

    internal StreamWriter Input => _process.StandardInput;

    internal StreamReader Output => _process.StandardOutput;

    /// <summary>Starts this program again as a sending end.</summary>
    internal static Task<ChildPeer> ServeAsync(string kind) => StartAsync(Environment.ProcessPath!, "serve", kind);

    internal static async Task<ChildPeer> StartAsync(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        return new ChildPeer(process, await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{program} said nothing"));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5))) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
