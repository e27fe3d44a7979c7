# Installs a Harvester on this machine: it measures, and reports to the Nester that served this.
# In PowerShell, as administrator:
#
#   & ([scriptblock]::Create((irm http://nester.example.org:5000/install.ps1))) -Key KEY -Node lyon-02
#
# Puts the program into C:\Program Files\nester-harvester, settings and what cannot be delivered yet
# into C:\ProgramData\nester-harvester, and makes a scheduled task that reports each minute as LOCAL
# SERVICE. Run again, it upgrades and keeps the settings. -Uninstall removes all of it.
#
# All that happens stands between two braces: a copy that was cut off is no script, and does nothing.
param(
  [string]$Key = '',
  [string]$Node = '',
  [string[]]$Label = @(),
  [string]$Nester = '',
  [switch]$Uninstall
)
& {
# The address that this copy was served by; each Nester writes its own.
$ServedBy = ''

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$task = 'nester-harvester'
$home_ = Join-Path $env:ProgramFiles 'nester-harvester'
$state = Join-Path $env:ProgramData 'nester-harvester'
$settings = Join-Path $state 'harvester.env'
$program = Join-Path $home_ 'harvester.js'

function Fail([string]$Message) {
  throw "install.ps1: $Message"
}

# The value of a setting in the file, or nothing.
function Get-Setting([string]$Name) {
  if (-not (Test-Path $settings)) { return '' }
  $line = Get-Content -Encoding UTF8 $settings | Where-Object { $_.StartsWith("$Name=") } | Select-Object -Last 1
  if ($line) { return $line.Substring($Name.Length + 1).Trim("'") }
  return ''
}

# One line of the file. Node takes what is in single quotes as it is (--env-file).
function Get-Line([string]$Name, [string]$Value) {
  if ($Value -match "[\x00-\x1f']") { Fail "${Name}: expected no control character and no apostrophe" }
  return "$Name='$Value'"
}

$principal = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Fail 'run this in a PowerShell that was started as administrator' }

if ($Uninstall) {
  Unregister-ScheduledTask -TaskName $task -Confirm:$false -ErrorAction SilentlyContinue
  foreach ($folder in $home_, $state) { if (Test-Path $folder) { Remove-Item -Recurse -Force $folder } }
  Write-Output "The Harvester is removed. What is left: its row on the Nester's screen, until it is forgotten there."
  return
}

foreach ($text in $Label) { if ($text -notmatch '^[^=,]+=[^,]+$') { Fail "-Label: expected NAME=VALUE without a comma, got $text" } }
$from = $Nester
if ($ServedBy -ne '') { $from = $ServedBy }
if ($from -eq '') { $from = (Get-Setting 'NESTER').Split(',')[0] }
if ($from -notmatch '^https?://[^/]') { Fail '-Nester: expected http:// or https:// and a host, since no Nester served this copy' }
$from = $from.TrimEnd('/')

$node_ = Get-Command node.exe -ErrorAction SilentlyContinue
$version = [version]'0.0'
if ($node_) { $version = [version]((& $node_.Source --version).TrimStart('v')) }
if ($version -lt [version]'20.19') {
  Fail "the Harvester needs Node 20.19 or newer, and here is $(if ($node_) { $version } else { 'none' }). Nothing was changed. Install it for all users (winget install OpenJS.NodeJS.LTS), open a new PowerShell and run this again"
}

# Got, and compared with what the Nester says it is, before anything here is touched.
$got = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
New-Item -ItemType Directory $got | Out-Null
try {
  foreach ($name in 'checksums.txt', 'harvester.js') { Invoke-WebRequest -UseBasicParsing "$from/$name" -OutFile (Join-Path $got $name) }
  $line = Get-Content (Join-Path $got 'checksums.txt') | Where-Object { $_ -match '^[0-9a-f]{64}  harvester\.js$' }
  if (-not $line) { Fail "$from/checksums.txt does not list harvester.js" }
  $actual = (Get-FileHash -Algorithm SHA256 (Join-Path $got 'harvester.js')).Hash.ToLower()
  if ($line.Substring(0, 64) -ne $actual) { Fail "$from/harvester.js is not what checksums.txt says: got $actual. Nothing was changed" }

  foreach ($folder in $home_, $state) { New-Item -ItemType Directory -Force $folder | Out-Null }
  # Only administrators, the system and the account of the task: a key may be in there. By their numbers, since names are in the language of Windows.
  & icacls.exe $state /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' '*S-1-5-19:(OI)(CI)M' | Out-Null
  if ($LASTEXITCODE -ne 0) { Fail "icacls could not set the rights of $state" }
  Stop-ScheduledTask -TaskName $task -ErrorAction SilentlyContinue
  Move-Item -Force (Join-Path $got 'harvester.js') $program
}
finally {
  Remove-Item -Recurse -Force $got -ErrorAction SilentlyContinue
}

# What is said now wins over what was there; all else stays.
$now = [ordered]@{}
if ($Nester -ne '') { $now['NESTER'] = $Nester } elseif ((Get-Setting 'NESTER') -eq '') { $now['NESTER'] = $from }
if ($Key -ne '') { $now['NESTER_API_KEY'] = $Key }
if ($Node -ne '') { $now['HARVESTER_NODE'] = $Node }
if ($Label.Count -gt 0) { $now['HARVESTER_LABELS'] = $Label -join ',' }
$now['HARVESTER_STATE_DIR'] = $state
$lines = @()
if (Test-Path $settings) { $lines = @(Get-Content -Encoding UTF8 $settings | Where-Object { -not $now.Contains($_.Split('=')[0]) }) }
foreach ($name in $now.Keys) { $lines += Get-Line $name $now[$name] }
[IO.File]::WriteAllLines($settings, $lines, (New-Object Text.UTF8Encoding($false)))

$arguments = "--env-file=`"$settings`" `"$program`""
& $node_.Source "--env-file=$settings" $program doctor
& $node_.Source "--env-file=$settings" $program once
if ($LASTEXITCODE -eq 3) { Fail 'the Nester refuses the reports of this machine; the reason is above. Nothing was started' }
if ($LASTEXITCODE -gt 1) { Fail "the Harvester ended with code $LASTEXITCODE; nothing was started" }

$action = New-ScheduledTaskAction -Execute $node_.Source -Argument "$arguments once"
$trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
$account = New-ScheduledTaskPrincipal -UserId 'S-1-5-19' -LogonType ServiceAccount
$how = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -StartWhenAvailable -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit (New-TimeSpan -Minutes 5)
Register-ScheduledTask -Force -TaskName $task -Action $action -Trigger $trigger -Principal $account -Settings $how | Out-Null

$name = Get-Setting 'HARVESTER_NODE'
if ($name -eq '') { $name = [Net.Dns]::GetHostName() }
Write-Output "The Harvester runs each minute, by the scheduled task $task. This machine is at"
Write-Output "  $((Get-Setting 'NESTER').Split(',')[0].TrimEnd('/'))/nodes/$([Uri]::EscapeDataString($name))"
}
