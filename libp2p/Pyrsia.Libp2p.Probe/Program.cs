using Pyrsia.Libp2p.Probe;

var command = ProbeCommandLine.Create().Parse(args);
return command.Errors.Count > 0 ? Math.Max(2, await command.InvokeAsync()) : await command.InvokeAsync();
