mod conformance;
mod control;
mod evidence;
mod naive;
mod properties;
mod refused;
mod standard;
